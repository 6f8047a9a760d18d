// A classic histogram in a typed array. Observing touches one cell; its lines are laid out once in a block of text, in which
// a scrape changes the digits of the counts that moved, so that it copies one block and not a line at a time:
//
//     name_bucket{…,le="0.001"} 17\n name_bucket{…,le="0.002"} 230\n …
//                               ^^                             ^^^ digits in place
//
// A count that grows by a digit has the block laid out anew.

import type { TextBuffer } from './text-buffer.ts';

const newline = 0x0a;
const zero = 0x30;

function digitsOf(count: number): number {
  let digits = 1;
  for (let rest = count; rest >= 10; rest /= 10) digits += 1;
  return digits;
}

/** Cumulative counts by upper bound, with sum and count. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** Observations per bucket, not cumulative; the last one is +Inf. */
  readonly #counts: Float64Array;
  /** Beginnings of the buckets' lines. */
  readonly #prefixes: readonly Uint8Array[];
  readonly #sumPrefix: string;
  readonly #countPrefix: string;
  readonly #scale: number;
  #sum = 0;
  #block: Uint8Array = new Uint8Array();
  /** Per line of the block: the number it shows, where its digits end and how many they are. */
  readonly #shown: Float64Array;
  readonly #ends: Uint32Array;
  readonly #widths: Uint8Array;

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
    this.#countPrefix = `${name}_count{${labels}} `;
    this.#shown = new Float64Array(edges.length);
    this.#ends = new Uint32Array(edges.length);
    this.#widths = new Uint8Array(edges.length);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  write(out: TextBuffer): void {
    if (!this.#update()) this.#layOut();
    out.bytes(this.#block);
    const count = this.#shown.at(-1) ?? 0;
    out.text(`${this.#sumPrefix}${this.#sum * this.#scale}\n${this.#countPrefix}${count}\n`);
  }

  /** Calls `line` with every bucket's cumulative count. */
  #eachLine(line: (i: number, count: number) => void): void {
    let total = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      total += this.#counts[i] ?? 0;
      line(i, total);
    }
  }

  /** Brings the digits up to date; false when a number does not fit its place. */
  #update(): boolean {
    let fits = true;
    this.#eachLine((i, count) => {
      if (count === this.#shown[i] && this.#widths[i] !== 0) return;
      if (digitsOf(count) !== this.#widths[i]) fits = false;
      else this.#writeDigits(i, count);
    });
    return fits;
  }

  #layOut(): void {
    let length = 0;
    this.#eachLine((i, count) => {
      this.#widths[i] = digitsOf(count);
      length += (this.#prefixes[i]?.length ?? 0) + (this.#widths[i] ?? 0);
      this.#ends[i] = length;
      length += 1;
    });
    this.#block = new Uint8Array(length).fill(newline);
    this.#eachLine((i, count) => {
      const prefix = this.#prefixes[i] ?? new Uint8Array();
      this.#block.set(prefix, (this.#ends[i] ?? 0) - (this.#widths[i] ?? 0) - prefix.length);
      this.#writeDigits(i, count);
    });
  }

  #writeDigits(i: number, count: number): void {
    const end = this.#ends[i] ?? 0;
    let rest = count;
    for (let at = end - 1; at >= end - (this.#widths[i] ?? 0); at--) {
      const next = Math.floor(rest / 10);
      this.#block[at] = zero + (rest - next * 10);
      rest = next;
    }
    this.#shown[i] = count;
  }
}
