// What a quantisation tells.

import { textTable } from '../terminal/table.ts';
import type { Likeness } from './compare.ts';
import type { RangeMethod } from './ranges.ts';
import type { Timed } from './timing.ts';

/** How like the f32 model another one is. */
export interface Agreement {
  /** Mean and least cosine similarity of outputs, over all samples. */
  readonly cosine: number;
  readonly least_cosine: number;
  /** Predictions that are the same; null where the output has none. */
  readonly top1: { readonly equal: number; readonly of: number } | null;
}

/** A likeness as it is told. */
export const agreement = ({ cosine, leastCosine, agreeing, rows }: Likeness): Agreement => ({
  cosine,
  least_cosine: leastCosine,
  top1: agreeing === undefined ? null : { equal: agreeing, of: rows },
});

export interface QuantiseResult extends Timed, Agreement {
  readonly file: string;
  readonly method: RangeMethod;
  readonly samples: number;
  /** Nodes that are computed in 8 bits. */
  readonly quantised: readonly string[];
  readonly kept: readonly { readonly node: string; readonly reason: string }[];
  /** What the model with everything in 8 bits was like, but for what was named to stay. */
  readonly everywhere: Agreement;
  readonly bytes: { readonly before: number; readonly after: number };
}

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

/** The result as text. */
export function quantiseText(result: QuantiseResult): string {
  const { bytes, ms, kept, quantised, samples } = result;
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
    ...agreementLines(result),
    ...(result.everywhere.cosine === result.cosine
      ? []
      : agreementLines(result.everywhere).map((line) => `with everything in 8 bits: ${line}`)),
    ...result.computed,
  ].join('\n');
}

const agreementLines = ({ cosine, least_cosine, top1 }: Agreement): string[] => [
  `cosine similarity ${cosine.toFixed(6)}, least ${least_cosine.toFixed(6)}`,
  ...(top1 === null ? [] : [`same prediction for ${top1.equal} of ${top1.of}`]),
];
