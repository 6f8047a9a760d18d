// The lines of one histogram of durations, kept between scrapes as a block of text in which a scrape changes the digits of the counts
// that moved:
//
//     name_bucket{…,le="0.000976562"} 17\n name_bucket{…,le="0.00116130"} 230\n …
//                                     ^^                                  ^^^ digits in place
//
// A count that grows by a digit has the block laid out anew, and so has an observation below the lowest line.

import type { Cells } from '../../ledger/cells.ts';
import type { Edges } from './edges.ts';
import type { TextBuffer } from './text-buffer.ts';

const newline = 0x0a;
const zero = 0x30;
const secondsPerNs = 1e-9;

function digitsOf(count: number): number {
  let digits = 1;
  for (let rest = count; rest >= 10; rest /= 10) digits += 1;
  return digits;
}

export class DurationText {
  readonly edges: Edges;
  readonly #name: string;
  readonly #braces: string;
  readonly #inside: string;
  /** Observations that the block shows. */
  #count = -1;
  /** The first edge that is shown. */
  #first = 0;
  #block: Uint8Array = new Uint8Array();
  #tail = '';
  /** Per edge: the number shown, where its digits end in the block and how many they are. */
  readonly #shown: Float64Array;
  readonly #ends: Uint32Array;
  readonly #widths: Uint8Array;

  /** `labels` as between braces. */
  constructor(name: string, labels: string, edges: Edges) {
    this.edges = edges;
    this.#name = name;
    this.#braces = labels === '' ? '' : `{${labels}}`;
    this.#inside = labels === '' ? '' : `${labels},`;
    this.#shown = new Float64Array(edges.places.length);
    this.#ends = new Uint32Array(edges.places.length);
    this.#widths = new Uint8Array(edges.places.length);
  }

  write(out: TextBuffer, cells: Cells): void {
    if (cells.count !== this.#count) this.#update(cells);
    out.bytes(this.#block);
    out.text(this.#tail);
  }

  /** The beginning of the line of an edge, up to its count. */
  prefix(edge: number): string {
    return `${this.#name}_bucket{${this.#inside}le="${this.edges.texts[edge]}"} `;
  }

  /** The lines of sum and count. */
  tail(cells: Cells): string {
    return `${this.#name}_sum${this.#braces} ${cells.sum * secondsPerNs}\n${this.#name}_count${this.#braces} ${cells.count}\n`;
  }

  #update(cells: Cells): void {
    this.#count = cells.count;
    this.#tail = this.tail(cells);
    const first = firstEdge(this.edges, cells);
    if (this.#block.length === 0 || first !== this.#first || !this.#rewrite(cells)) this.#layOut(cells, first);
  }

  /** Brings the digits up to date; false when a number does not fit its place. */
  #rewrite(cells: Cells): boolean {
    let fits = true;
    eachEdge(this.edges, cells, this.#first, (edge, count) => {
      if (count === this.#shown[edge]) return;
      if (digitsOf(count) !== this.#widths[edge]) fits = false;
      else this.#digits(edge, count);
    });
    return fits;
  }

  #layOut(cells: Cells, first: number): void {
    this.#first = first;
    let length = 0;
    eachEdge(this.edges, cells, first, (edge, count) => {
      this.#widths[edge] = digitsOf(count);
      length += this.prefix(edge).length + (this.#widths[edge] ?? 0);
      this.#ends[edge] = length;
      length += 1;
    });
    const block = Buffer.alloc(length, newline);
    this.#block = block;
    eachEdge(this.edges, cells, first, (edge, count) => {
      const prefix = this.prefix(edge);
      block.write(prefix, (this.#ends[edge] ?? 0) - (this.#widths[edge] ?? 0) - prefix.length, 'latin1');
      this.#digits(edge, count);
    });
  }

  #digits(edge: number, count: number): void {
    const end = this.#ends[edge] ?? 0;
    let rest = count;
    for (let at = end - 1; at >= end - (this.#widths[edge] ?? 0); at--) {
      const next = Math.floor(rest / 10);
      this.#block[at] = zero + (rest - next * 10);
      rest = next;
    }
    this.#shown[edge] = count;
  }
}

/** The edge right below the lowest observation, or the lowest; the last one where nothing was observed. */
export function firstEdge({ places }: Edges, cells: Cells): number {
  let edge = places.length - 1;
  while (edge > 0 && (places[edge] ?? 0) >= cells.lowest) edge -= 1;
  return cells.count === 0 ? places.length - 1 : edge;
}

/** Calls `line` with the cumulative count of every edge from `first` on. */
export function eachEdge(edges: Edges, cells: Cells, first: number, line: (edge: number, count: number) => void): void {
  const { counts } = cells;
  let total = 0;
  let place = 0;
  for (let edge = first; edge < edges.places.length; edge++) {
    const last = edges.places[edge] ?? 0;
    for (; place <= last; place++) total += counts[place] ?? 0;
    line(edge, total);
  }
}
