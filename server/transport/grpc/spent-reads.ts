// Gives the memory of socket reads back at once.
//
// Node reads a socket into a fresh piece of memory of up to 64 KiB, outside of V8's heap, and hands DATA frames on as views of
// it. At hundreds of megabytes a second that alone makes V8 collect its whole heap many times a second. What was copied
// into a message is not needed any more, and may go before the collector comes, if the read is used up and nobody keeps a
// view of it:
//
//   ┌ frame head, or the middle of a frame │ DATA that was copied ┐          nothing else is in it: it may go
//   ┌ other frames │ DATA that was copied ┐                                  it may go unless a call keeps a view of the others
//   ┌ … │ DATA that was copied │ other frames ┐                              it stays: it may not be used up yet
//
// A read that ends with the DATA is used up, also where HTTP/2's layer pauses behind it. It goes after the turn of the
// event loop, when that layer has left the callback and every other frame of the read has reached its call.

/** Size of the head of a frame (RFC 9113, 4.1). */
const FRAME_HEAD = 9;

/** Smaller reads are not worth it. */
const SMALLEST = 8192;

export type Detach = (buffers: readonly ArrayBuffer[]) => void;

interface Spent {
  readonly buffer: ArrayBuffer;
  /** Nothing else was in the read. */
  readonly alone: boolean;
}

export class SpentReads {
  readonly #detach: Detach;
  readonly #others: () => boolean;
  readonly #kept = new WeakSet<ArrayBufferLike>();
  #spent: Spent[] = [];

  /** others: whether there are calls whose frames this does not hear of. */
  constructor(detach: Detach, others: () => boolean) {
    this.#detach = detach;
    this.#others = others;
  }

  /** The bytes of `piece`, a DATA event's, were copied; nobody looks at it again. */
  add({ buffer, byteOffset, length }: Buffer): void {
    if (buffer.byteLength < SMALLEST || byteOffset + length !== buffer.byteLength) return;
    const alone = byteOffset === 0 || byteOffset === FRAME_HEAD;
    if (this.#spent.push({ buffer: buffer as ArrayBuffer, alone }) === 1) setImmediate(() => this.#free());
  }

  /** A call keeps a view of `piece`. */
  keep({ buffer, byteOffset, length }: Buffer): void {
    if (byteOffset + length !== buffer.byteLength) this.#kept.add(buffer);
  }

  #free(): void {
    const spent = this.#spent;
    this.#spent = [];
    const others = this.#others();
    const free = spent.filter(({ buffer, alone }) => alone || !(others || this.#kept.has(buffer)));
    if (free.length > 0) this.#detach(free.map(({ buffer }) => buffer));
  }
}
