// The result of a quantisation as text.

import type { QuantiseResult } from '../../quantise/result.ts';
import { costTable, likenessLines } from './tell.ts';

/** The result as text. */
export function quantiseText(result: QuantiseResult): string {
  const { kept, quantised, samples } = result;
  const all = quantised.length + kept.length;
  return [
    `${result.file}: ${quantised.length} of ${all} convolutions and dense layers in 8 bits (${result.method}, ${samples} samples)`,
    ...kept.map(({ node, reason }) => `in fp32: ${node}: ${reason}`),
    '',
    costTable(result),
    '',
    ...likenessLines(result, 'with everything in 8 bits'),
    ...result.computed,
  ].join('\n');
}
