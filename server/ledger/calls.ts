// Calls by method and code. Paths come from callers, so only those that are served have a place of their own.

import { CODES } from '../errors.ts';
import type { EndCode } from './call-end.ts';

/** Every code a call can end with, in the order of the table. */
export const endCodes: readonly EndCode[] = ['OK', ...(Object.keys(CODES) as EndCode[])];

const places: ReadonlyMap<string, number> = new Map(endCodes.map((code, place) => [code, place]));
const bug = places.get('INTERNAL') ?? 0;

/** Place of a code in arrays by code; what is no code of the table is INTERNAL. */
export function codePlace(code: string): number {
  return places.get(code) ?? bug;
}

/** Stands for every path that is not served. */
export const otherMethods = 'other';

export class CallCounts {
  readonly #methods = new Map<string, Float64Array>();
  readonly #other = new Float64Array(endCodes.length);

  /** Gives the paths that are served a place of their own. */
  serve(paths: Iterable<string>): void {
    for (const path of paths) if (!this.#methods.has(path)) this.#methods.set(path, new Float64Array(endCodes.length));
  }

  count(method: string, place: number): void {
    const counts = this.#methods.get(method) ?? this.#other;
    counts[place] = (counts[place] ?? 0) + 1;
  }

  /** Counts by code (in the order of endCodes) of each method, those not served last. */
  *all(): Iterable<readonly [method: string, counts: Float64Array]> {
    yield* this.#methods;
    yield [otherMethods, this.#other];
  }
}
