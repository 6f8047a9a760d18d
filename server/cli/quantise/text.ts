// The result of a quantisation as text.

import type { Agreement, QuantiseResult } from '../../quantise/result.ts';
import { textTable } from '../terminal/table.ts';

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
