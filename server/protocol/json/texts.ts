// Elements of a tensor → the words of JSON.

import { ServingError } from '../../errors.ts';
import type { DType } from '../../native/binding-types.ts';
import { elementTypes } from '../../util/element-types.ts';

/** Every element exactly as it is, in row-major order; throws UNSUPPORTED for infinities and NaN, which JSON has no word for. */
export function elementTexts(dtype: DType, bytes: Uint8Array, place: string): readonly string[] {
  if (dtype === 'BOOL') return Array.from(bytes, (value) => String(value !== 0));
  const { bytes: size, kind, read } = elementTypes[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / size }, (_, at) => {
    const value = read(view, at * size);
    if (kind !== 'real' || Number.isFinite(value)) return String(value);
    throw new ServingError('UNSUPPORTED', `${place}: value ${value} at ${at} has no form in JSON`);
  });
}
