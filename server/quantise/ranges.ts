// From the sizes of an activation to the range its 8 bits cover, [-limit, limit]. Magnitudes are counted in cells of equal width.

/** How the range of an activation is found. */
export type RangeMethod = 'min-max' | 'percentile' | 'entropy';
export const rangeMethods: readonly RangeMethod[] = ['min-max', 'percentile', 'entropy'];

const cells = 2048;
/** Positive numbers that 8 bits with a sign tell apart. */
const levels = 128;

/** Magnitudes of one activation over all samples. */
export class Magnitudes {
  readonly #counts = new Float64Array(cells);
  #width = 0;
  #largest = 0;
  #seen = 0;

  /** The largest magnitude seen. */
  get largest(): number {
    return this.#largest;
  }

  /** Counts the values of one sample. Cells become wider, two for one, when a value lies beyond them. Returns the position of a value that is not finite, or -1. */
  add(values: Float32Array): number {
    let largest = 0;
    for (let i = 0; i < values.length; i++) {
      const size = Math.abs(values[i] ?? 0);
      if (!Number.isFinite(size)) return i;
      if (size > largest) largest = size;
    }
    this.#largest = Math.max(this.#largest, largest);
    this.#seen += values.length;
    this.#widen(largest);
    const scale = this.#width === 0 ? 0 : 1 / this.#width;
    for (let i = 0; i < values.length; i++) {
      const cell = Math.min(cells - 1, Math.floor(Math.abs(values[i] ?? 0) * scale));
      this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
    }
    return -1;
  }

  /** The limit of the range; 0 where all values are 0. `percent` is of the method percentile. */
  limit(method: RangeMethod, percent: number): number {
    if (method === 'min-max' || this.#largest === 0) return this.#largest;
    const kept = method === 'percentile' ? this.#percentileCells(percent) : entropyCells(this.#counts);
    return Math.min(this.#largest, kept * this.#width);
  }

  #widen(largest: number): void {
    if (largest === 0) return;
    if (this.#width === 0) this.#width = largest / cells;
    while (largest > this.#width * cells) {
      for (let i = 0; i < cells; i++) {
        this.#counts[i] = i < cells / 2 ? (this.#counts[2 * i] ?? 0) + (this.#counts[2 * i + 1] ?? 0) : 0;
      }
      this.#width *= 2;
    }
  }

  #percentileCells(percent: number): number {
    const wanted = (this.#seen * percent) / 100;
    let sum = 0;
    for (let i = 0; i < cells; i++) {
      sum += this.#counts[i] ?? 0;
      if (sum >= wanted) return i + 1;
    }
    return cells;
  }
}

/**
 * How many cells to keep so that what is left says most of what was there: the least divergence (Kullback-Leibler) of the counts, those beyond the range
 * gathered in its last cell, from the same counts spread evenly within each of 128 levels. After S. Migacz, "8-bit inference with TensorRT" (2017).
 */
export function entropyCells(counts: Float64Array): number {
  const given = Float64Array.from(counts);
  // Exact zeros are exact at any scale.
  given[0] = given[1] ?? 0;
  let best = given.length;
  let least = Number.POSITIVE_INFINITY;
  let beyond = given.reduce((sum, count) => sum + count, 0);
  for (let i = 0; i < levels; i++) beyond -= given[i] ?? 0;
  for (let kept = levels; kept <= given.length; kept++) {
    const found = divergence(given, kept, Math.max(0, beyond));
    if (found < least) {
      least = found;
      best = kept;
    }
    beyond -= given[kept] ?? 0;
  }
  return best;
}

function divergence(counts: Float64Array, kept: number, beyond: number): number {
  let total = beyond;
  let spreadTotal = 0;
  for (let i = 0; i < kept; i++) total += counts[i] ?? 0;
  spreadTotal = total - beyond;
  if (total === 0 || spreadTotal === 0) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let level = 0; level < levels; level++) {
    const first = Math.floor((level * kept) / levels);
    const last = Math.floor(((level + 1) * kept) / levels);
    let inside = 0;
    let filled = 0;
    for (let i = first; i < last; i++) {
      inside += counts[i] ?? 0;
      if ((counts[i] ?? 0) > 0) filled += 1;
    }
    const spread = filled === 0 ? 0 : inside / filled / spreadTotal;
    for (let i = first; i < last; i++) {
      const p = ((counts[i] ?? 0) + (i === kept - 1 ? beyond : 0)) / total;
      if (p > 0) sum += p * Math.log(p / Math.max((counts[i] ?? 0) > 0 ? spread : 0, 1e-12));
    }
  }
  return sum;
}
