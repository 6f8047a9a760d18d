// A classic histogram in a typed array. Observing touches one cell; the text of its lines is made from strings prepared
// once and kept until something was observed, so that a scrape costs little and an idle model nothing.

/** Cumulative counts by upper bound, with sum and count. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** Observations per bucket, not cumulative; the last one is +Inf. */
  readonly #counts: Float64Array;
  readonly #prefixes: readonly string[];
  readonly #sumPrefix: string;
  readonly #countPrefix: string;
  readonly #scale: number;
  #sum = 0;
  #text: string | undefined;

  /**
   * `bounds` ascending, in the unit of observe(); `scale` turns that unit into the one of the text. `labels` is a ready
   * string such as `model="m",version="1"`.
   */
  constructor(name: string, labels: string, bounds: readonly number[], scale: number) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
    this.#scale = scale;
    const edges = [...bounds.map((bound) => String(Number((bound * scale).toPrecision(12)))), '+Inf'];
    this.#prefixes = edges.map((edge) => `${name}_bucket{${labels},le="${edge}"} `);
    this.#sumPrefix = `${name}_sum{${labels}} `;
    this.#countPrefix = `${name}_count{${labels}} `;
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
    this.#text = undefined;
  }

  /** All lines, each ended. */
  text(): string {
    this.#text ??= this.#render();
    return this.#text;
  }

  #render(): string {
    let text = '';
    let total = 0;
    for (let i = 0; i < this.#prefixes.length; i++) {
      total += this.#counts[i] ?? 0;
      text += `${this.#prefixes[i]}${total}\n`;
    }
    return `${text}${this.#sumPrefix}${this.#sum * this.#scale}\n${this.#countPrefix}${total}\n`;
  }
}
