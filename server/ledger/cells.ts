// Durations counted in cells that grow by a fixed factor, as Prometheus' native histograms have them: cell i of schema 3 holds what is
// above 2^((i-1)/8) and at most 2^(i/8) seconds, so that any percentile is known to 9 %. Everything that shows durations is made of
// these cells: percentiles, native histograms, and the buckets of the text form, whose bounds are edges of cells.

/** Cells per doubling are 2^schema. */
export const schema = 3;
const perDoubling = 2 ** schema;
/** Edges reach from 2^-20 s (a microsecond) to 2^12 s (an hour). */
const lowestDoubling = -20;
const highestDoubling = 12;

/** Native index of the first cell; what is shorter than all edges is counted in it. */
export const firstIndex: number = lowestDoubling * perDoubling;
/** Number of cells; the last one holds what is longer than all edges. */
export const cellCount: number = (highestDoubling - lowestDoubling) * perDoubling + 2;

/** Upper edge of cell `place` in seconds; Infinity for the last. */
export function upperEdge(place: number): number {
  return place >= cellCount - 1 ? Number.POSITIVE_INFINITY : 2 ** ((place + firstIndex) / perDoubling);
}

/** The cell whose upper edge is 2^exponent seconds. */
export function placeOfEdge(exponent: number): number {
  return exponent * perDoubling - firstIndex;
}

/** The cell of a duration in nanoseconds. */
export function placeOf(ns: number): number {
  const place = Math.ceil(Math.log2(ns * 1e-9) * perDoubling) - firstIndex;
  // Written so that NaN and what is no duration go to the first cell.
  if (!(place > 0)) return 0;
  return place < cellCount ? place : cellCount - 1;
}

/** Counts of durations by cell, with their sum. */
export class Cells {
  readonly counts: Float64Array = new Float64Array(cellCount);
  count = 0;
  /** In nanoseconds. */
  sum = 0;
  /** The first cell that holds anything; cellCount while none does. */
  lowest: number = cellCount;

  observe(ns: number): void {
    const place = placeOf(ns);
    this.counts[place] = (this.counts[place] ?? 0) + 1;
    this.count += 1;
    this.sum += ns;
    if (place < this.lowest) this.lowest = place;
  }
}

/**
 * Quantiles of counts by cell, in seconds, for shares that ascend from 0 to 1; interpolated by the logarithm inside a cell, as Prometheus
 * does for native histograms. Undefined without observations; the highest edge for what lies above it.
 */
export function quantiles(counts: ArrayLike<number>, shares: readonly number[]): readonly (number | undefined)[] {
  let total = 0;
  for (let place = 0; place < cellCount; place++) total += counts[place] ?? 0;
  if (total === 0) return shares.map(() => undefined);
  const found: number[] = [];
  let below = 0;
  for (let place = 0; place < cellCount - 1; place++) {
    const count = counts[place] ?? 0;
    if (count === 0) continue;
    while (found.length < shares.length) {
      const rank = (shares[found.length] ?? 1) * total;
      if (below + count < rank) break;
      found.push(2 ** ((place - 1 + firstIndex + Math.max(0, rank - below) / count) / perDoubling));
    }
    below += count;
  }
  while (found.length < shares.length) found.push(upperEdge(cellCount - 2));
  return found;
}
