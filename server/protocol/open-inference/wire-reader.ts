// Reads protobuf fields out of a buffer without copying. Every read is bounded by `end`; anything malformed throws
// INVALID_ARGUMENT with the byte offset, so a decoder built on this cannot read outside its message.

import { ServingError } from '../../errors.ts';

/** Wire types of the protobuf encoding; groups (3 and 4) are refused. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const TWO_32 = 2 ** 32;

/** Most unknown fields passed over; a newer client adds a few, millions are meant to keep the server busy. */
const MAX_UNKNOWN = 10_000;

export class WireReader {
  readonly buffer: Buffer;
  pos: number;
  end: number;
  /** Halves of the last varint read, unsigned. */
  low = 0;
  high = 0;
  #unknown = 0;

  constructor(buffer: Buffer, pos = 0, end: number = buffer.length) {
    this.buffer = buffer;
    this.pos = pos;
    this.end = end;
  }

  malformed(what: string): never {
    throw new ServingError('INVALID_ARGUMENT', `request message: ${what} at byte ${this.pos}`);
  }

  /** The next field's tag: field number times 8 plus wire type. */
  tag(): number {
    const tag = this.uint32('tag');
    if (tag >>> 3 === 0) this.malformed('field number 0');
    return tag;
  }

  /** Reads a varint of up to 64 bits into `low` and `high`. */
  varint(): void {
    const { buffer, end } = this;
    let pos = this.pos;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (pos >= end) this.malformed('truncated number');
      const byte = buffer[pos++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.pos = pos;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    this.malformed('number of more than 10 bytes');
  }

  /** The last varint as a signed 64-bit number; beyond 2^53 it is rounded. */
  signed(): number {
    return (this.high | 0) * TWO_32 + this.low;
  }

  /** The last varint as an unsigned 64-bit number; beyond 2^53 it is rounded. */
  unsigned(): number {
    return this.high * TWO_32 + this.low;
  }

  uint32(what: string): number {
    const byte = this.pos < this.end ? (this.buffer[this.pos] as number) : 0x80;
    if (byte < 0x80) {
      this.pos += 1;
      return byte;
    }
    this.varint();
    if (this.high !== 0) this.malformed(`${what} over 32 bits`);
    return this.low;
  }

  /** Length of a length-delimited field, checked against what is left. */
  length(): number {
    const length = this.uint32('length');
    if (length > this.end - this.pos) this.malformed(`length ${length} beyond the end of the message`);
    return length;
  }

  /** A string of at most `max` bytes; `what` names it in the error. */
  string(max: number, what: string): string {
    const length = this.length();
    if (length > max) this.malformed(`${what} of ${length} bytes, the limit is ${max},`);
    const start = this.pos;
    this.pos += length;
    return this.buffer.toString('utf8', start, this.pos);
  }

  double(): number {
    if (this.end - this.pos < 8) this.malformed('truncated number');
    this.pos += 8;
    return this.buffer.readDoubleLE(this.pos - 8);
  }

  /** Narrows the reader to an embedded message; give the result to leave(). */
  enter(): number {
    const length = this.length();
    const outer = this.end;
    this.end = this.pos + length;
    return outer;
  }

  leave(outer: number): void {
    this.pos = this.end;
    this.end = outer;
  }

  /** Checks the wire type of a known field. */
  expect(tag: number, type: number): void {
    if ((tag & 7) !== type) this.malformed(`field ${tag >>> 3} with wire type ${tag & 7}, want ${type},`);
  }

  /** Passes over a field this server does not know. */
  unknown(tag: number): void {
    this.#unknown += 1;
    if (this.#unknown > MAX_UNKNOWN) this.malformed(`more than ${MAX_UNKNOWN} unknown fields`);
    this.skip(tag);
  }

  /** Passes over the value of a field. */
  skip(tag: number): void {
    const type = tag & 7;
    if (type === VARINT) this.varint();
    else if (type === BYTES) {
      const length = this.length();
      this.pos += length;
    } else if (type === FIXED32 || type === FIXED64) {
      const size = type === FIXED32 ? 4 : 8;
      if (this.end - this.pos < size) this.malformed('truncated number');
      this.pos += size;
    } else this.malformed(`wire type ${type}`);
  }
}
