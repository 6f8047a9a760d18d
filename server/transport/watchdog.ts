// Ends calls whose peer has stopped: a request that does not arrive, a reply that is not read. One timer looks at all of
// them; it runs only while there are any.

import { OpenTable } from '../util/open-table.ts';

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
  readonly #calls = new OpenTable<Watched>();
  #next = 0;
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

  /** The number under which the call is to be deleted. */
  add(call: Watched): number {
    const number = this.#next++;
    this.#calls.set(number, call);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return number;
  }

  delete(number: number): void {
    this.#calls.delete(number);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#calls.clear();
  }

  #look(): void {
    const now = performance.now();
    for (const call of this.#calls.values()) if (call.overdueAt <= now) call.overdue();
    const wanted = this.#looked();
    if (this.#calls.size > 0 || wanted) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
