// Element types: MindSpore Serving's names and ours.

import type { DType } from '../../native/binding-types.ts';
import { ofElements } from '../../util/element-types.ts';

const theirs: ReadonlyMap<DType, string> = ofElements(({ mindspore }) => mindspore);
const ours: ReadonlyMap<string, DType> = new Map([...theirs].map(([dtype, name]) => [name, dtype]));

/** Our element type; undefined for strings, bytes and what is unknown. */
export function dtypeOf(name: string): DType | undefined {
  return ours.get(name);
}

/** Their name of an element type; undefined where they have none (BF16). */
export function nameOf(dtype: DType): string | undefined {
  return theirs.get(dtype);
}
