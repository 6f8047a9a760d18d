// Long work on the event loop, in slices: between two of them others have their turn.

export class Slices {
  readonly #length: number;
  #end: number;

  /** `lengthMs` of a slice; the first begins now. */
  constructor(lengthMs: number) {
    this.#length = lengthMs;
    this.#end = performance.now() + lengthMs;
  }

  /** The slice has lasted long enough. */
  get over(): boolean {
    return performance.now() >= this.#end;
  }

  /** Resolves when others have had their turn. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#end = performance.now() + this.#length;
  }
}
