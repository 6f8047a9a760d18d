// Limit on the bytes of request messages held at one time, over all connections. Bytes are counted as they arrive, before a
// message is whole, because a caller may announce far more than it sends. A message that does not fit is refused at once:
// letting half-read messages wait for each other could wait for ever.

export class ByteGate {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** Takes the bytes; false, and nothing taken, when they do not fit. What arrives alone always fits. */
  take(bytes: number): boolean {
    if (this.#held > 0 && this.#held + bytes > this.limit) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
