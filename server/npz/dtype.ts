// NumPy's spelling of element types (".npy" header field `descr`) against the protocol's.

import type { DType } from '../native/binding-types.ts';
import { elementNames, elementTypes } from '../util/element-types.ts';

/** Bytes of one element. */
export function itemSize(dtype: DType): number {
  return elementTypes[dtype].bytes;
}

const fromNumpy: ReadonlyMap<string, DType> = new Map(
  elementNames.map((name) => [elementTypes[name].descr.slice(1), name]),
);

/** The `descr` of a little-endian array of this type. */
export function numpyDescr(dtype: DType): string {
  return elementTypes[dtype].descr;
}

/** Reads a `descr` like "<f4"; undefined when the type has no counterpart. `swapped` says that bytes are big-endian. */
export function parseDescr(descr: string): { readonly dtype: DType; readonly swapped: boolean } | undefined {
  const order = descr[0];
  if (order === undefined || !'<>|='.includes(order)) return undefined;
  const dtype = fromNumpy.get(descr.slice(1));
  if (dtype === undefined) return undefined;
  return { dtype, swapped: order === '>' && itemSize(dtype) > 1 };
}

/** Number of elements of a shape; undefined when it has a negative or fractional size or exceeds 2^53. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
  }
  return Number.isSafeInteger(count) ? count : undefined;
}
