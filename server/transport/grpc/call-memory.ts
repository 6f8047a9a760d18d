// The memory of one request and its reply. The request's is given back by release(), the reply's when its stream has finished with it;
// what a broken stream may still be writing goes to the garbage collector instead of the pool.

import type { BufferPool } from '../memory/buffer-pool.ts';
import type { ConnectionShare } from '../memory/byte-gate.ts';
import { HeldBytes } from '../memory/held-bytes.ts';
import { MessageReader } from './message-reader.ts';
import { HEAD_SIZE, writeHead } from './replies.ts';
import type { SpentReads } from './spent-reads.ts';

export interface MemoryHost {
  readonly pool: BufferPool;
  readonly reads: SpentReads;
  /** Longest message in bytes, in either direction. */
  readonly maxMessage: number;
}

export class CallMemory {
  readonly reader: MessageReader;
  readonly held: HeldBytes;
  readonly #pool: BufferPool;
  /** Memory of the reply, head included. */
  #reserved: Buffer | undefined;
  #borrowed: Buffer[] | undefined;
  #released = false;

  constructor(share: ConnectionShare, { pool, reads, maxMessage }: MemoryHost) {
    this.#pool = pool;
    this.reader = new MessageReader(pool, reads, maxMessage);
    this.held = new HeldBytes(share);
  }

  /** Memory for the reply. Throws OVERLOADED. */
  reserve(bytes: number): Buffer {
    const refusal = this.held.setReply(bytes + HEAD_SIZE);
    if (refusal !== undefined) throw refusal;
    this.#reserved = this.#pool.take(bytes + HEAD_SIZE);
    return this.#reserved.subarray(HEAD_SIZE, HEAD_SIZE + bytes);
  }

  /** Memory for what belongs to the request beside its message. Throws OVERLOADED. */
  borrow(bytes: number): Buffer {
    const refusal = this.held.takeRequest(bytes);
    if (refusal !== undefined) throw refusal;
    const memory = this.#pool.take(bytes);
    this.#borrowed ??= [];
    this.#borrowed.push(memory);
    return memory.subarray(0, bytes);
  }

  /** The message with its head before it: in its own memory where that was reserved for it, else copied. */
  frame(message: Buffer): Buffer {
    const reserved = this.#reserved;
    const start = reserved === undefined ? -1 : message.byteOffset - reserved.byteOffset - HEAD_SIZE;
    if (reserved !== undefined && message.buffer === reserved.buffer && start >= 0 && start <= reserved.length) {
      const frame = reserved.subarray(start, start + HEAD_SIZE + message.length);
      writeHead(frame, message.length);
      return frame;
    }
    const frame = Buffer.allocUnsafe(HEAD_SIZE + message.length);
    writeHead(frame, message.length);
    message.copy(frame, HEAD_SIZE);
    return frame;
  }

  /** Who computes is done with request and reply; the reply stays where it is sent (`isReplied`). */
  release(isReplied: boolean, isClosed: boolean): void {
    this.#released = true;
    this.reader.release();
    for (const memory of this.#borrowed ?? []) this.#pool.give(memory);
    this.#borrowed = undefined;
    this.held.giveRequest();
    if (isReplied) return;
    if (this.#reserved !== undefined) this.#pool.give(this.#reserved);
    this.#reserved = undefined;
    if (isClosed) this.held.giveReply();
  }

  /** The operating system has the whole reply. */
  sent(): void {
    if (this.#reserved !== undefined) this.#pool.give(this.#reserved);
    this.#reserved = undefined;
  }

  /** The stream is closed. */
  closed(): void {
    if (this.#released || this.#reserved === undefined) this.held.giveReply();
  }
}
