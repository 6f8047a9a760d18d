// The one request message of a call out of its DATA frames. A frame of gRPC is a flag, a length of four bytes and the
// message; frames of HTTP/2 may cut it anywhere (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
//
// A message that comes in one piece is a view of that piece. Others are put together in memory of the pool, of which no
// more is taken than a small multiple of what has arrived, whatever length was announced.

import { ServingError } from '../../errors.ts';
import { bytesText } from '../../util/text.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { SpentReads } from './spent-reads.ts';

const HEAD = 5;

/** Announced lengths up to this are believed at once. */
const BELIEVED = 4 * 2 ** 20;

export class MessageReader {
  readonly #pool: BufferPool;
  readonly #reads: SpentReads;
  readonly #max: number;
  readonly #head: number[] = [];
  #length = -1;
  #filled = 0;
  #memory: Buffer | undefined;
  #message: Buffer | undefined;
  /** The message is compressed. */
  compressed = false;

  /** max: longest message in bytes. */
  constructor(pool: BufferPool, reads: SpentReads, max: number) {
    this.#pool = pool;
    this.#reads = reads;
    this.#max = max;
  }

  /** The message as it came; undefined until it is whole. */
  get message(): Buffer | undefined {
    return this.#message;
  }

  /** Nothing of the message is missing. */
  get isWhole(): boolean {
    return this.#message !== undefined;
  }

  /** How many of the bytes that come next belong to this message. */
  belonging(piece: Buffer): number {
    if (this.#length >= 0) return Math.min(piece.length, this.#length - this.#filled);
    const head = [...this.#head, ...piece.subarray(0, HEAD - this.#head.length)];
    if (head.length < HEAD) return piece.length;
    return Math.min(piece.length, HEAD - this.#head.length + lengthOf(head));
  }

  /** Takes the next piece; throws INVALID_ARGUMENT or TOO_LARGE. */
  push(piece: Buffer): void {
    let at = 0;
    while (this.#length < 0 && at < piece.length) {
      this.#head.push(piece[at++] as number);
      if (this.#head.length === HEAD) this.#begin();
    }
    if (this.#length < 0) return;
    const left = piece.length - at;
    const missing = this.#length - this.#filled;
    if (this.#message === undefined) {
      if (this.#filled === 0 && left >= missing) {
        this.#message = piece.subarray(at, at + missing);
        this.#reads.keep(piece);
      } else if (left > 0) this.#fill(piece, at, Math.min(left, missing));
    }
    if (left > missing) throw new ServingError('INVALID_ARGUMENT', 'a second request message, want exactly one');
    this.#filled += Math.min(left, missing);
  }

  /** The stream has ended: the message, or INVALID_ARGUMENT. */
  end(): Buffer {
    if (this.#message !== undefined) return this.#message;
    if (this.#length < 0 && this.#head.length === 0)
      throw new ServingError('INVALID_ARGUMENT', 'no request message, want exactly one');
    const found = this.#length < 0 ? this.#head.length : this.#filled;
    const wanted = this.#length < 0 ? HEAD : this.#length;
    throw new ServingError('INVALID_ARGUMENT', `request message: ends after ${found} bytes of ${wanted}`);
  }

  /** Nobody uses the message any more. */
  release(): void {
    if (this.#memory !== undefined) this.#pool.give(this.#memory);
    this.#memory = undefined;
    this.#message = undefined;
  }

  #begin(): void {
    const [flag = 0] = this.#head;
    if (flag > 1) throw new ServingError('INVALID_ARGUMENT', `request message: flag is ${flag}, want 0 or 1`);
    this.#length = lengthOf(this.#head);
    this.compressed = flag === 1;
    if (this.#length <= this.#max) return;
    const limit = `the limit is ${this.#max} bytes (${bytesText(this.#max)}, server.max_message)`;
    throw new ServingError('TOO_LARGE', `a request message of ${this.#length} bytes, ${limit}`);
  }

  #fill(piece: Buffer, at: number, bytes: number): void {
    const wanted = this.#filled + bytes;
    let memory = this.#memory;
    if (memory === undefined) memory = this.#pool.take(Math.min(this.#length, Math.max(BELIEVED, wanted)));
    else if (memory.length < wanted) {
      const larger = this.#pool.take(Math.min(this.#length, Math.max(2 * memory.length, wanted)));
      memory.copy(larger, 0, 0, this.#filled);
      this.#pool.give(memory);
      memory = larger;
    }
    this.#memory = memory;
    piece.copy(memory, this.#filled, at, at + bytes);
    this.#reads.add(piece);
    if (wanted === this.#length) this.#message = memory.subarray(0, wanted);
  }
}

/** The length that a whole head announces. */
function lengthOf([, a = 0, b = 0, c = 0, d = 0]: readonly number[]): number {
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
