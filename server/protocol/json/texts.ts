// Elements of a tensor → the words of JSON.

import { ServingError } from '../../errors.ts';
import type { DType } from '../../native/binding-types.ts';

type Make = new (memory: ArrayBuffer) => ArrayLike<number | bigint>;

const integers: Readonly<Partial<Record<DType, Make>>> = {
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
};

/** The value of a number of 16 bits (IEEE 754 binary16). */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Every element exactly as it is, in row-major order; throws UNSUPPORTED for infinities and NaN, which JSON has no word for. */
export function elementTexts(dtype: DType, bytes: Uint8Array, place: string): readonly string[] {
  if (dtype === 'BOOL') return Array.from(bytes, (value) => String(value !== 0));
  // A copy begins at an address that its elements may have.
  const memory = new Uint8Array(bytes).buffer;
  const make = integers[dtype];
  if (make !== undefined) return Array.from(new make(memory), String);
  return Array.from(reals(dtype, memory), (value, at) => {
    if (Number.isFinite(value)) return String(value);
    throw new ServingError('UNSUPPORTED', `${place}: value ${value} at ${at} has no form in JSON`);
  });
}

function reals(dtype: DType, memory: ArrayBuffer): ArrayLike<number> {
  if (dtype === 'FP32') return new Float32Array(memory);
  if (dtype === 'FP64') return new Float64Array(memory);
  if (dtype === 'FP16') return Float64Array.from(new Uint16Array(memory), halfValue);
  return Float32Array.from(
    new Uint16Array(memory),
    (bits) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? 0,
  );
}
