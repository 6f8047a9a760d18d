// A sample of a method becomes a run of a model, whose tensors have a first dimension more: one row where it is open, as many as it has where it
// is fixed, each of them the sample. What comes back is cut to the first row.

import type { Signature } from '../native/binding-types.ts';
import type { StageTensor } from './bind.ts';

export interface Run {
  readonly values: readonly StageTensor[];
  /** 0 where the values were the model's already. */
  readonly rows: number;
}

/** Adds the dimension to those that lack it; a model without one for samples takes them as they are. */
export function intoRun({ inputs, outputs, batched }: Signature, given: readonly StageTensor[]): Run {
  const lacks = ({ shape }: StageTensor, i: number): boolean => inputs[i]?.shape?.length === shape.length + 1;
  const first = inputs[0]?.shape?.[0] ?? -1;
  const isCommon = [...inputs, ...outputs].every(({ shape }) => shape !== null && shape[0] === first);
  const rows = batched || first < 1 || !isCommon ? 1 : first;
  if (!given.some(lacks)) return { values: given, rows: 0 };
  const values = given.map((value, i): StageTensor => {
    if (!lacks(value, i)) return value;
    const bytes = rows === 1 ? value.bytes : Buffer.concat(Array.from({ length: rows }, () => value.bytes));
    return { ...value, shape: [rows, ...value.shape], bytes };
  });
  return { values, rows };
}

/** The first row of each output of a run. */
export function outOfRun(outputs: readonly StageTensor[], rows: number): readonly StageTensor[] {
  if (rows === 0) return outputs;
  return outputs.map((output) => {
    if (output.shape[0] !== rows) return output;
    return { ...output, shape: output.shape.slice(1), bytes: output.bytes.subarray(0, output.bytes.byteLength / rows) };
  });
}
