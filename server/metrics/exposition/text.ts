// The two text forms: Prometheus' own, and OpenMetrics, which adds exemplars and names a family of counters without `_total`.

import type { Cells } from '../../ledger/cells.ts';
import type { Exemplars } from '../../ledger/exemplars.ts';
import { type DurationText, eachEdge, firstEdge } from './duration-text.ts';
import type { Buckets, Exposition, Family, Labels } from './exposition.ts';
import { TextBuffer } from './text-buffer.ts';

const plainType = 'text/plain; version=0.0.4; charset=utf-8';
const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export class TextExposition implements Exposition {
  readonly #out = new TextBuffer();
  readonly #open: boolean;
  #name = '';

  constructor(openMetrics: boolean) {
    this.#open = openMetrics;
  }

  get contentType(): string {
    return this.#open ? openMetricsType : plainType;
  }

  family({ name, type, help }: Family): void {
    this.#name = name;
    const family = this.#open && type === 'counter' ? name.replace(/_total$/, '') : name;
    const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    this.#out.text(`# HELP ${family} ${this.#open ? text.replaceAll('"', '\\"') : text}\n# TYPE ${family} ${type}\n`);
  }

  sample(labels: Labels, value: number): void {
    this.#out.text(labels.text === '' ? `${this.#name} ${value}\n` : `${this.#name}{${labels.text}} ${value}\n`);
  }

  durations(_labels: Labels, cells: Cells, text: DurationText, exemplars: Exemplars | undefined): void {
    if (!this.#open || exemplars === undefined) return text.write(this.#out, cells);
    const newest = exemplars.newest(text.edges.places);
    eachEdge(text.edges, cells, firstEdge(text.edges, cells), (edge, count) => {
      const exemplar = newest[edge];
      const seconds = exemplar === undefined ? 0 : (performance.timeOrigin + exemplar.at) / 1000;
      const mark =
        exemplar === undefined ? '' : ` # {trace_id="${exemplar.traceId}"} ${exemplar.ns / 1e9} ${seconds.toFixed(3)}`;
      this.#out.text(`${text.prefix(edge)}${count}${mark}\n`);
    });
    this.#out.text(text.tail(cells));
  }

  buckets({ text }: Labels, { bounds, counts, sum }: Buckets): void {
    const comma = text === '' ? '' : ',';
    let total = 0;
    for (let i = 0; i <= bounds.length; i++) {
      total += counts[i] ?? 0;
      const bound = bounds[i];
      const le = bound === undefined ? '+Inf' : Number.isInteger(bound) ? `${bound}.0` : String(bound);
      this.#out.text(`${this.#name}_bucket{${text}${comma}le="${le}"} ${total}\n`);
    }
    const braces = text === '' ? '' : `{${text}}`;
    this.#out.text(`${this.#name}_sum${braces} ${sum}\n${this.#name}_count${braces} ${total}\n`);
  }

  finish(): readonly Uint8Array[] {
    if (this.#open) this.#out.text('# EOF\n');
    return this.#out.written();
  }
}
