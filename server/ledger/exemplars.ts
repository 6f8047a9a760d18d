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

  /** For each of the buckets that end at these places (ascending) its newest exemplar. */
  newest(ends: readonly number[]): readonly (Exemplar | undefined)[] {
    const found = new Array<Exemplar | undefined>(ends.length).fill(undefined);
    for (const [place, exemplar] of this.#byPlace) {
      const bucket = ends.findIndex((end) => place <= end);
      const before = found[bucket];
      if (bucket >= 0 && (before === undefined || exemplar.at > before.at)) found[bucket] = exemplar;
    }
    return found;
  }
}
