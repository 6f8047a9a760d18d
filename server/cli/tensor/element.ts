// Reads single elements out of tensor bytes, for printing and for finding the largest value.

import type { DType } from '../../native/binding-types.ts';
import { itemSize } from '../npz/dtype.ts';

type ElementReader = (view: DataView, at: number) => number | bigint | boolean;

const readers: Readonly<Record<DType, ElementReader>> = {
  BOOL: (view, at) => view.getUint8(at) !== 0,
  UINT8: (view, at) => view.getUint8(at),
  INT8: (view, at) => view.getInt8(at),
  UINT16: (view, at) => view.getUint16(at, true),
  INT16: (view, at) => view.getInt16(at, true),
  UINT32: (view, at) => view.getUint32(at, true),
  INT32: (view, at) => view.getInt32(at, true),
  UINT64: (view, at) => view.getBigUint64(at, true),
  INT64: (view, at) => view.getBigInt64(at, true),
  FP16: (view, at) => halfToNumber(view.getUint16(at, true)),
  BF16: (view, at) => bfloatToNumber(view.getUint16(at, true)),
  FP32: (view, at) => view.getFloat32(at, true),
  FP64: (view, at) => view.getFloat64(at, true),
};

/** A tensor's type and little-endian bytes. */
export interface TensorBytes {
  readonly dtype: DType;
  readonly bytes: Uint8Array;
}

/** The first `limit` elements as numbers (64-bit integers as bigint, booleans as boolean). */
export function elements(tensor: TensorBytes, limit: number = Number.POSITIVE_INFINITY): (number | bigint | boolean)[] {
  const size = itemSize[tensor.dtype];
  const count = Math.min(limit, Math.floor(tensor.bytes.length / size));
  const view = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength);
  const read = readers[tensor.dtype];
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

/** IEEE half precision: 1 sign, 5 exponent, 10 mantissa bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a single-precision number. */
export function bfloatToNumber(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits * 65536);
  return view.getFloat32(0);
}
