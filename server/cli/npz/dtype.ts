// NumPy's spelling of element types (".npy" header field `descr`) against the protocol's.

import type { DType } from '../../native/binding-types.ts';

/** Bytes of one element. */
export const itemSize: Readonly<Record<DType, number>> = {
  BOOL: 1,
  UINT8: 1,
  INT8: 1,
  UINT16: 2,
  INT16: 2,
  FP16: 2,
  BF16: 2,
  UINT32: 4,
  INT32: 4,
  FP32: 4,
  UINT64: 8,
  INT64: 8,
  FP64: 8,
};

const toNumpy: Readonly<Record<DType, string>> = {
  BOOL: '|b1',
  UINT8: '|u1',
  INT8: '|i1',
  UINT16: '<u2',
  INT16: '<i2',
  UINT32: '<u4',
  INT32: '<i4',
  UINT64: '<u8',
  INT64: '<i8',
  FP16: '<f2',
  FP32: '<f4',
  FP64: '<f8',
  // NumPy has no bfloat16; two opaque bytes are how ml_dtypes stores it.
  BF16: '|V2',
};

const fromNumpy: ReadonlyMap<string, DType> = new Map(
  Object.entries(toNumpy).map(([dtype, descr]) => [descr.slice(1), dtype as DType]),
);

/** The `descr` of a little-endian array of this type. */
export function numpyDescr(dtype: DType): string {
  return toNumpy[dtype];
}

/** Reads a `descr` like "<f4"; undefined when the type has no counterpart. `swapped` says that bytes are big-endian. */
export function parseDescr(descr: string): { readonly dtype: DType; readonly swapped: boolean } | undefined {
  const order = descr[0];
  if (order === undefined || !'<>|='.includes(order)) return undefined;
  const dtype = fromNumpy.get(descr.slice(1));
  if (dtype === undefined) return undefined;
  return { dtype, swapped: order === '>' && itemSize[dtype] > 1 };
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
