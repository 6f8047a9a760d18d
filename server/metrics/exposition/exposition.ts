// What a scrape is written with: one interface, and a form for each format that Prometheus reads. Families come one after the other,
// each with all of its samples.

import type { Cells } from '../../ledger/cells.ts';
import type { Exemplars } from '../../ledger/exemplars.ts';
import type { DurationText } from './duration-text.ts';

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
}

function escapeLabel(text: string): string {
  if (!/[\\"\n]/.test(text)) return text;
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Names and values of labels, with the text they have between braces. */
export class Labels {
  readonly pairs: readonly (readonly [name: string, value: string])[];
  readonly text: string;

  constructor(pairs: readonly (readonly [name: string, value: string])[], text?: string) {
    this.pairs = pairs;
    this.text = text ?? pairs.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',');
  }

  with(name: string, value: string): Labels {
    const own = `${name}="${escapeLabel(value)}"`;
    return new Labels([...this.pairs, [name, value]], this.text === '' ? own : `${this.text},${own}`);
  }
}

export const noLabels: Labels = new Labels([]);

/** A histogram of few buckets: observations per bucket, not cumulative; one more than bounds. */
export interface Buckets {
  readonly bounds: readonly number[];
  readonly counts: ArrayLike<number>;
  readonly sum: number;
}

export interface Exposition {
  readonly contentType: string;
  /** Begins a family; what follows belongs to it. */
  family(family: Family): void;
  sample(labels: Labels, value: number): void;
  /** A histogram of durations; `text` holds the lines it had in the last scrape. */
  durations(labels: Labels, cells: Cells, text: DurationText, exemplars: Exemplars | undefined): void;
  buckets(labels: Labels, buckets: Buckets): void;
  /** The whole; nothing may be added after. */
  finish(): readonly Uint8Array[];
}
