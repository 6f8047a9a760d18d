// Typed tensor contents → bytes. The message is walked twice: once to count, so that nothing is allocated for a message
// that contradicts its own shape, and once to write. Packed FP32, FP64 and BOOL values already are the bytes wanted and
// are returned as a view.

import { ServingError } from '../../errors.ts';
import { elementSize } from '../../inference/dtype.ts';
import type { DType } from '../../native/binding-types.ts';
import { elementTypes, ofElements } from '../../util/element-types.ts';
import { BYTES, FIXED32, FIXED64, VARINT, WireReader } from './wire-reader.ts';

const FIELD_NAMES = [
  '',
  'bool_contents',
  'int_contents',
  'int64_contents',
  'uint_contents',
  'uint64_contents',
  'fp32_contents',
  'fp64_contents',
  'bytes_contents',
] as const;

/** Field numbers by element type. */
const FIELD_OF: ReadonlyMap<DType, number> = ofElements(({ contents }) =>
  contents === undefined ? undefined : (FIELD_NAMES as readonly string[]).indexOf(contents),
);

const BYTES_FIELD = 8;

/** Where the contents of one tensor lie in the message; several pieces are one after another. */
export type Pieces = readonly { readonly start: number; readonly end: number }[];

/** One run of values: `end - start` bytes of packed values, or a single one. */
type Visit = (start: number, end: number) => void;

/**
 * Bytes of the typed contents of a tensor. `elements` is what its shape wants, `budget` the most bytes that may be
 * allocated. Errors start with `place`.
 */
export function readContents(
  message: Buffer,
  pieces: Pieces,
  dtype: DType,
  elements: number,
  budget: number,
  place: string,
): Uint8Array {
  const field = FIELD_OF.get(dtype);
  if (field === undefined) refuse(place, `${dtype} has no typed contents, want raw_input_contents`);
  let found = 0;
  let runs = 0;
  let only: readonly [number, number] = [0, 0];
  walk(message, pieces, field, dtype, place, (start, end) => {
    runs += 1;
    only = [start, end];
    found += countRun(message, field, start, end, place);
  });
  if (found !== elements) refuse(place, `${found} values in ${FIELD_NAMES[field]}, want ${elements} for its shape`);
  if (runs === 1 && isPlain(message, field, only[0], only[1], found)) return message.subarray(only[0], only[1]);
  const size = found * elementSize(dtype);
  if (size > budget)
    throw new ServingError(
      'TOO_LARGE',
      `${place}: typed contents of ${size} bytes, the limit is ${budget}; send raw_input_contents`,
    );
  const bytes = Buffer.allocUnsafe(size);
  const writer = new ValueWriter(bytes, dtype, place);
  walk(message, pieces, field, dtype, place, (start, end) => writer.run(message, start, end));
  return bytes;
}

/** The byte strings of a BYTES tensor, each behind its length in four bytes as raw contents have them; `elements` is what the shape wants. */
export function readByteStrings(
  message: Buffer,
  pieces: Pieces,
  elements: number,
  budget: number,
  place: string,
): Buffer {
  let [found, size] = [0, 0];
  walkByteStrings(message, pieces, (start, end) => {
    found += 1;
    size += 4 + end - start;
  });
  if (found !== elements) refuse(place, `${found} values in bytes_contents, want ${elements} for its shape`);
  if (size > budget)
    throw new ServingError('TOO_LARGE', `${place}: bytes_contents of ${size} bytes, the limit is ${budget}`);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  walkByteStrings(message, pieces, (start, end) => {
    at = bytes.writeUInt32LE(end - start, at);
    at += message.copy(bytes, at, start, end);
  });
  return bytes;
}

function walkByteStrings(message: Buffer, pieces: Pieces, visit: Visit): void {
  for (const piece of pieces) {
    const reader = new WireReader(message, piece.start, piece.end);
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag >>> 3 !== BYTES_FIELD) {
        reader.skip(tag);
        continue;
      }
      reader.expect(tag, BYTES);
      const length = reader.length();
      visit(reader.pos, reader.pos + length);
      reader.pos += length;
    }
  }
}

function refuse(place: string, what: string): never {
  throw new ServingError('INVALID_ARGUMENT', `${place}: ${what}`);
}

/** Calls `visit` for each run of values of the wanted field; values in any other field are refused. */
function walk(message: Buffer, pieces: Pieces, field: number, dtype: DType, place: string, visit: Visit): void {
  const single = field === 6 ? FIXED32 : field === 7 ? FIXED64 : VARINT;
  for (const piece of pieces) {
    const reader = new WireReader(message, piece.start, piece.end);
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      const number = tag >>> 3;
      const packed = (tag & 7) === BYTES;
      if (number < 1 || number > BYTES_FIELD) {
        reader.unknown(tag);
        continue;
      }
      if (!packed) reader.expect(tag, number === field ? single : tag & 7);
      const length = packed ? reader.length() : 0;
      const start = reader.pos;
      if (packed) reader.pos += length;
      else reader.skip(tag);
      if (number === field) visit(start, reader.pos);
      else if (reader.pos > start || number === BYTES_FIELD) {
        refuse(place, `values in ${FIELD_NAMES[number]}, want ${FIELD_NAMES[field]} for ${dtype}`);
      }
    }
  }
}

function countRun(message: Buffer, field: number, start: number, end: number, place: string): number {
  if (field === 6 || field === 7) {
    const size = field === 6 ? 4 : 8;
    if ((end - start) % size !== 0)
      refuse(place, `${FIELD_NAMES[field]} of ${end - start} bytes, want a multiple of ${size}`);
    return (end - start) / size;
  }
  let count = 0;
  for (let pos = start; pos < end; pos++) {
    if ((message[pos] as number) < 0x80) count += 1;
  }
  if (end > start && (message[end - 1] as number) >= 0x80) refuse(place, `${FIELD_NAMES[field]} end inside a value`);
  return count;
}

/** True when the run already is the little-endian tensor. */
function isPlain(message: Buffer, field: number, start: number, end: number, count: number): boolean {
  if (field === 6 || field === 7) return true;
  if (field !== 1 || count !== end - start) return false;
  for (let pos = start; pos < end; pos++) {
    if ((message[pos] as number) > 1) return false;
  }
  return true;
}

class ValueWriter {
  readonly #out: Buffer;
  readonly #dtype: DType;
  readonly #place: string;
  readonly #size: number;
  #pos = 0;

  constructor(out: Buffer, dtype: DType, place: string) {
    this.#out = out;
    this.#dtype = dtype;
    this.#place = place;
    this.#size = elementSize(dtype);
  }

  run(message: Buffer, start: number, end: number): void {
    if (this.#dtype === 'FP32' || this.#dtype === 'FP64') {
      message.copy(this.#out, this.#pos, start, end);
      this.#pos += end - start;
      return;
    }
    const reader = new WireReader(message, start, end);
    while (reader.pos < end) {
      reader.varint();
      this.#write(reader);
      this.#pos += this.#size;
    }
  }

  #write(reader: WireReader): void {
    const out = this.#out;
    if (this.#dtype === 'BOOL') out[this.#pos] = reader.low !== 0 || reader.high !== 0 ? 1 : 0;
    else if (this.#size === 8) {
      out.writeUInt32LE(reader.low, this.#pos);
      out.writeUInt32LE(reader.high, this.#pos + 4);
    } else if (this.#size === 4) out.writeUInt32LE(reader.low, this.#pos);
    else this.#writeNarrow(reader);
  }

  #writeNarrow(reader: WireReader): void {
    const range = elementTypes[this.#dtype].range ?? [0, 0];
    const value = range[0] < 0 ? reader.low | 0 : reader.low;
    if (value < range[0] || value > range[1]) refuse(this.#place, `value ${value} does not fit ${this.#dtype}`);
    if (this.#size === 1) this.#out[this.#pos] = value & 0xff;
    else this.#out.writeUInt16LE(value & 0xffff, this.#pos);
  }
}
