// Memory for messages, used again. What the garbage collector does not see come and go gives it no reason to run: with a
// fresh buffer for each image V8 marks its whole heap every few dozen requests ("external memory pressure").
//
// Sizes are rounded up to a quarter of a power of two, so that a message wastes a fifth of its memory at most. Who gives a
// buffer back must be its only user: bytes that are still being written to a socket, or by an engine, may not be given.

/** Smaller messages come from Node's own slabs, whose pieces are cheap to collect. */
const SMALLEST = 4096;

/** Free buffers that nobody took for this many sweeps are let go of. */
const IDLE_SWEEPS = 10;

/** So much at once is worth asking the C library for what it keeps. */
const MUCH = 8 * 2 ** 20;

/**
 * Frees buffers whose only user gives them away; `toSystem`: with all else that is free, to the operating system. Left to the collector they stay for
 * minutes after a backlog: it looks when buffers are made, and then the pool's serve.
 */
export type LetGo = (buffers: readonly ArrayBuffer[], toSystem?: boolean) => void;

interface SizeClass {
  readonly free: Buffer[];
  /** Fewest free since the last sweep: those were not needed. */
  least: number;
  idle: number;
}

export class BufferPool {
  readonly #limit: number;
  readonly #letGo: LetGo;
  readonly #classes = new Map<number, SizeClass>();
  #free = 0;

  /** limit: most bytes kept free. */
  constructor(limit: number, letGo: LetGo = () => {}) {
    this.#limit = limit;
    this.#letGo = letGo;
  }

  /** Bytes kept free now. */
  get free(): number {
    return this.#free;
  }

  /** A buffer of at least `bytes`, whose content is arbitrary. */
  take(bytes: number): Buffer {
    if (bytes < SMALLEST) return Buffer.allocUnsafe(bytes);
    const size = sizeClass(bytes);
    const found = this.#classes.get(size);
    const buffer = found?.free.pop();
    if (found === undefined || buffer === undefined) return Buffer.allocUnsafeSlow(size);
    this.#free -= size;
    if (found.free.length < found.least) found.least = found.free.length;
    return buffer;
  }

  /** Takes back what take() gave, whole. */
  give(buffer: Buffer): void {
    const size = buffer.length;
    if (size < SMALLEST) return;
    if (this.#free + size > this.#limit) return this.#letGo([buffer.buffer as ArrayBuffer]);
    let found = this.#classes.get(size);
    if (found === undefined) {
      found = { free: [], least: 0, idle: 0 };
      this.#classes.set(size, found);
    }
    found.free.push(buffer);
    this.#free += size;
  }

  /** Called once in a while: lets go of what was free all the time since IDLE_SWEEPS sweeps. */
  sweep(): void {
    const unused: ArrayBuffer[] = [];
    let bytes = 0;
    for (const [size, found] of this.#classes) {
      found.idle = found.least > 0 ? found.idle + 1 : 0;
      if (found.idle >= IDLE_SWEEPS) {
        for (const { buffer } of found.free.splice(0, found.least)) unused.push(buffer as ArrayBuffer);
        bytes += found.least * size;
        found.idle = 0;
      }
      found.least = found.free.length;
      if (found.free.length === 0) this.#classes.delete(size);
    }
    this.#free -= bytes;
    if (bytes > 0) this.#letGo(unused, bytes >= MUCH);
  }
}

/** The next of 1, 1.25, 1.5 and 1.75 times a power of two. */
export function sizeClass(bytes: number): number {
  const step = 2 ** Math.max(0, 29 - Math.clz32(bytes - 1));
  return Math.ceil(bytes / step) * step;
}
