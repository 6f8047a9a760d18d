// Element types: MindSpore Serving's names and ours.

import type { DType } from '../../native/binding-types.ts';

const PAIRS: readonly (readonly [theirs: string, ours: DType])[] = [
  ['MS_BOOL', 'BOOL'],
  ['MS_INT8', 'INT8'],
  ['MS_UINT8', 'UINT8'],
  ['MS_INT16', 'INT16'],
  ['MS_UINT16', 'UINT16'],
  ['MS_INT32', 'INT32'],
  ['MS_UINT32', 'UINT32'],
  ['MS_INT64', 'INT64'],
  ['MS_UINT64', 'UINT64'],
  ['MS_FLOAT16', 'FP16'],
  ['MS_FLOAT32', 'FP32'],
  ['MS_FLOAT64', 'FP64'],
];

const ours: ReadonlyMap<string, DType> = new Map(PAIRS);
const theirs: ReadonlyMap<DType, string> = new Map(PAIRS.map(([name, dtype]) => [dtype, name]));

/** Our element type; undefined for strings, bytes and what is unknown. */
export function dtypeOf(name: string): DType | undefined {
  return ours.get(name);
}

/** Their name of an element type; undefined where they have none (BF16). */
export function nameOf(dtype: DType): string | undefined {
  return theirs.get(dtype);
}
