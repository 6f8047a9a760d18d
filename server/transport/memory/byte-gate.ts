// Limit on the bytes of messages held at one time, over all connections and for each of them. Requests are counted as they
// arrive, before a message is whole, because a caller may announce far more than it sends; replies from the moment their
// memory is reserved until their stream is closed, because a caller may not read them. A message that does not fit is
// refused at once: letting half-read messages wait for each other could wait for ever.

export class ByteGate {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /**
   * Takes the bytes; false, and nothing taken, when they do not fit. What is held alone always fits: `own` is what the same
   * call holds already.
   */
  take(bytes: number, own = 0): boolean {
    if (this.#held > own && this.#held + bytes > this.limit) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}

/** The part of a gate that one connection may hold; it takes from both or from none. */
export class ConnectionShare {
  readonly #gate: ByteGate;
  readonly #own: ByteGate;

  /** limit: bytes this connection may hold. */
  constructor(gate: ByteGate, limit: number) {
    this.#gate = gate;
    this.#own = new ByteGate(limit);
  }

  /** Takes the bytes; else the gate that refused them, and nothing taken. */
  take(bytes: number, own: number): ByteGate | undefined {
    if (!this.#own.take(bytes, own)) return this.#own;
    if (this.#gate.take(bytes, own)) return undefined;
    this.#own.give(bytes);
    return this.#gate;
  }

  give(bytes: number): void {
    this.#own.give(bytes);
    this.#gate.give(bytes);
  }

  /** Whether `gate` is this connection's own, for the words of a refusal. */
  isOwn(gate: ByteGate): boolean {
    return gate === this.#own;
  }
}
