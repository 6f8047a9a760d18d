// What a quantisation tells.

import { textTable } from '../terminal/table.ts';
import type { RangeMethod } from './ranges.ts';
import type { Timed } from './timing.ts';

export interface QuantiseResult extends Timed {
  readonly file: string;
  readonly method: RangeMethod;
  readonly samples: number;
  /** Nodes that are computed in 8 bits. */
  readonly quantised: readonly string[];
  readonly kept: readonly { readonly node: string; readonly reason: string }[];
  /** Mean and least cosine similarity of outputs, over all samples. */
  readonly cosine: number;
  readonly least_cosine: number;
  /** Predictions that are the same; null where the output has none. */
  readonly top1: { readonly equal: number; readonly of: number } | null;
  readonly bytes: { readonly before: number; readonly after: number };
}

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

/** The result as text. */
export function quantiseText(result: QuantiseResult): string {
  const { bytes, ms, top1, kept, quantised, samples } = result;
  const rows = [
    ['size', kilobytes(bytes.before), kilobytes(bytes.after)],
    ['time, least', `${ms.before.least.toFixed(3)} ms`, `${ms.after.least.toFixed(3)} ms`],
    ['time, median', `${ms.before.median.toFixed(3)} ms`, `${ms.after.median.toFixed(3)} ms`],
  ];
  const all = quantised.length + kept.length;
  return [
    `${result.file}: ${quantised.length} of ${all} convolutions and dense layers in 8 bits (${result.method}, ${samples} samples)`,
    ...kept.map(({ node, reason }) => `in fp32: ${node}: ${reason}`),
    '',
    textTable(['', 'before', 'after'], rows),
    '',
    `cosine similarity ${result.cosine.toFixed(6)}, least ${result.least_cosine.toFixed(6)}`,
    ...(top1 === null ? [] : [`same prediction for ${top1.equal} of ${top1.of}`]),
    ...result.computed,
  ].join('\n');
}
