// The last traced request of every cell of durations: what an exemplar points to.

import { placeOf } from './cells.ts';

export interface Exemplar {
  readonly traceId: string;
  readonly ns: number;
  /** performance.now() at its end. */
  readonly at: number;
}

export class Exemplars {
  readonly #byPlace = new Map<number, Exemplar>();

  take(ns: number, traceId: string, at: number): void {
    this.#byPlace.set(placeOf(ns), { traceId, ns, at });
  }

  /** The newest exemplar of the cells from `first` to `last`. */
  newest(first: number, last: number): Exemplar | undefined {
    let found: Exemplar | undefined;
    for (const [place, exemplar] of this.#byPlace)
      if (place >= first && place <= last && (found === undefined || exemplar.at > found.at)) found = exemplar;
    return found;
  }
}
