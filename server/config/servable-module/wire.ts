// Tensors between the server and the workers of a servable: little-endian bytes. BYTES lie as Triton lays them, each element
// behind its length in four bytes.

import type { TensorType } from './plan.ts';
import { arrays, type Tensor } from './tensor.ts';

export interface WireTensor {
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  /** Its BYTES were given as texts. */
  readonly isText?: boolean;
}

/** The elements of BYTES, as views; undefined where the bytes end inside one. */
export function unpackBytes(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 4) return undefined;
    const length = view.getUint32(at, true);
    if (length > bytes.length - at - 4) return undefined;
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

/** How many elements BYTES hold; -1 where they end inside one. */
export function countBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  let at = 0;
  for (; at + 4 <= bytes.length; count++) at += 4 + view.getUint32(at, true);
  return at === bytes.length ? count : -1;
}

/** BYTES of a list of texts (as UTF-8) or byte strings. */
export function packBytes(items: readonly (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  const sizes = items.map((item) => (typeof item === 'string' ? Buffer.byteLength(item) : item.byteLength));
  const packed = Buffer.from(new ArrayBuffer(sizes.reduce((sum, size) => sum + 4 + size, 0)));
  let at = 0;
  items.forEach((item, i) => {
    at = packed.writeUInt32LE(sizes[i] ?? 0, at);
    if (typeof item === 'string') packed.write(item, at);
    else packed.set(item, at);
    at += sizes[i] ?? 0;
  });
  return new Uint8Array(packed.buffer);
}

/** A tensor as a function sees it, over bytes that nobody else uses. */
export function fromWire({ dtype, shape, bytes }: WireTensor): Tensor {
  if (dtype === 'BYTES')
    return {
      dtype,
      shape,
      data: (unpackBytes(bytes) ?? []).map((item) => Buffer.from(item.buffer, item.byteOffset, item.byteLength)),
    };
  // A Buffer's own slice would be a view.
  const owned = bytes.byteOffset === 0 ? bytes : new Uint8Array(bytes);
  const array = arrays[dtype];
  return { dtype, shape, data: new array(owned.buffer as ArrayBuffer, 0, owned.byteLength / array.BYTES_PER_ELEMENT) };
}

/** A tensor that tensorProblem() has nothing against, in bytes of its own: the function may keep what it returned. */
export function toWire({ dtype, shape, data }: Tensor): WireTensor & { readonly bytes: Uint8Array<ArrayBuffer> } {
  if (Array.isArray(data))
    return { dtype, shape, bytes: packBytes(data), isText: data.every((item) => typeof item === 'string') };
  const array = data as Uint8Array;
  const bytes = new Uint8Array(new ArrayBuffer(array.byteLength));
  bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return { dtype, shape, bytes };
}
