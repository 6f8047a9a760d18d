// A classic histogram in a typed array. Observing touches one cell; its lines are written from beginnings prepared once.

import type { TextBuffer } from './text-buffer.ts';

/** Cumulative counts by upper bound, with sum and count. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** Observations per bucket, not cumulative; the last one is +Inf. */
  readonly #counts: Float64Array;
  readonly #prefixes: readonly Uint8Array[];
  readonly #sumPrefix: string;
  readonly #countPrefix: Uint8Array;
  readonly #scale: number;
  #sum = 0;

  /**
   * `bounds` ascending, in the unit of observe(); `scale` turns that unit into the one of the text. `labels` is a ready
   * string such as `model="m",version="1"`.
   */
  constructor(name: string, labels: string, bounds: readonly number[], scale: number) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
    this.#scale = scale;
    const edges = [...bounds.map((bound) => String(Number((bound * scale).toPrecision(12)))), '+Inf'];
    this.#prefixes = edges.map((edge) => Buffer.from(`${name}_bucket{${labels},le="${edge}"} `, 'latin1'));
    this.#sumPrefix = `${name}_sum{${labels}} `;
    this.#countPrefix = Buffer.from(`${name}_count{${labels}} `, 'latin1');
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  write(out: TextBuffer): void {
    let total = 0;
    for (const [i, prefix] of this.#prefixes.entries()) {
      total += this.#counts[i] ?? 0;
      out.line(prefix, total);
    }
    out.text(`${this.#sumPrefix}${this.#sum * this.#scale}\n`);
    out.line(this.#countPrefix, total);
  }
}
