// Ends calls whose peer has stopped: a request that does not arrive, a reply that is not read. One timer looks at all of
// them; it runs only while there are any.

/** A call as the watchdog sees it. */
export interface Watched {
  /** performance.now() after which its peer counts as stopped; Infinity while it is not waited for. */
  readonly overdueAt: number;
  /** Told once it has passed. */
  overdue(): void;
}

/** Time between two looks. */
export const LOOK_MS = 500;

export class Watchdog {
  readonly #calls = new Set<Watched>();
  readonly #looked: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /** looked: called with each look, for others that have to do something once in a while; true when they want to be called again. */
  constructor(looked: () => boolean = () => false) {
    this.#looked = looked;
  }

  /** Calls open now. */
  get open(): number {
    return this.#calls.size;
  }

  add(call: Watched): void {
    this.#calls.add(call);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  delete(call: Watched): void {
    this.#calls.delete(call);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#calls.clear();
  }

  #look(): void {
    const now = performance.now();
    for (const call of this.#calls) if (call.overdueAt <= now) call.overdue();
    const wanted = this.#looked();
    if (this.#calls.size > 0 || wanted) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
