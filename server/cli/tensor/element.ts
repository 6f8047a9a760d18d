// Reads single elements out of tensor bytes, for printing and for finding the largest value.

import type { DType } from '../../native/binding-types.ts';
import { itemSize } from '../../npz/dtype.ts';
import { elementTypes } from '../../util/element-types.ts';

/** A tensor's type and little-endian bytes. */
export interface TensorBytes {
  readonly dtype: DType;
  readonly bytes: Uint8Array;
}

/** The first `limit` elements as numbers (64-bit integers as bigint, booleans as boolean). */
export function elements(tensor: TensorBytes, limit: number = Number.POSITIVE_INFINITY): (number | bigint | boolean)[] {
  const size = itemSize(tensor.dtype);
  const count = Math.min(limit, Math.floor(tensor.bytes.length / size));
  const view = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength);
  const { read } = elementTypes[tensor.dtype];
  return Array.from({ length: count }, (_, i) => read(view, i * size));
}

/** Positions of the `count` largest elements with their values, largest first; NaN never wins. */
export function largest(tensor: TensorBytes, count: number): { readonly index: number; readonly value: number }[] {
  return elements(tensor)
    .map((value, index) => ({ index, value: Number(value) }))
    .filter(({ value }) => !Number.isNaN(value))
    .sort((a, b) => b.value - a.value || a.index - b.index)
    .slice(0, count);
}
