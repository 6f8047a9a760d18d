// Latencies of a run, kept whole so that percentiles are exact order statistics, never interpolated or merged.

const firstCapacity = 1024;
const minimumTail = 10;

/** One percentile with what it rests on. */
export interface Percentile {
  /** 0.5, 0.9, … */
  readonly p: number;
  readonly ms: number;
  /** True when fewer than ten samples lie beyond it, so that single outliers decide it. */
  readonly weak: boolean;
}

/** A summary of a series; times in milliseconds. */
export interface SeriesSummary {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly percentiles: readonly Percentile[];
}

/** The percentiles every report shows. */
export const shownPercentiles: readonly number[] = [0.5, 0.9, 0.99, 0.999];

/** A growing list of latencies. */
export class Series {
  #values: Float64Array = new Float64Array(firstCapacity);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = ms;
  }

  /** Undefined when nothing was added. */
  summary(): SeriesSummary | undefined {
    if (this.#count === 0) return undefined;
    const sorted = this.#values.slice(0, this.#count).sort();
    const sum = sorted.reduce((total, value) => total + value, 0);
    return {
      count: sorted.length,
      mean: sum / sorted.length,
      min: sorted[0] ?? 0,
      max: sorted.at(-1) ?? 0,
      percentiles: shownPercentiles.map((p) => percentile(sorted, p)),
    };
  }
}

/** The smallest value that at least a share p of the samples does not exceed. */
export function percentile(sorted: Float64Array, p: number): Percentile {
  const rank = Math.max(1, Math.ceil(p * sorted.length - 1e-9));
  return { p, ms: sorted[rank - 1] ?? 0, weak: sorted.length * (1 - p) < minimumTail - 1e-9 };
}
