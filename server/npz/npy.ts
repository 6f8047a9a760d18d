// The .npy form of one array: magic, version, a Python dictionary literal as header, then the bytes.
// Readers here trust nothing in the file: the header is matched against the one form NumPy writes, and the byte
// count must be exactly what dtype and shape say.

import { ServingError } from '../errors.ts';
import type { DType } from '../native/binding-types.ts';
import { elementCount, itemSize, numpyDescr, parseDescr } from './dtype.ts';

/** An array as bytes: little-endian, row-major. */
export interface NpyArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const magic = Buffer.from('\x93NUMPY', 'latin1');
const maxHeader = 64 * 1024;
const maxRank = 32;
const alignment = 64;

/** Parses one array; throws an Error whose message starts with `place`. */
export function parseNpy(file: Uint8Array, place: string): NpyArray {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (buffer.length < 10 || buffer.compare(magic, 0, 6, 0, 6) !== 0)
    throw new ServingError('INVALID_ARGUMENT', `${place}: not a NumPy array, magic is missing`);
  const wide = buffer.readUInt8(6) >= 2;
  if (buffer.readUInt8(6) > 3)
    throw new ServingError('INVALID_ARGUMENT', `${place}: array format version ${buffer.readUInt8(6)}, want 1 to 3`);
  const start = wide ? 12 : 10;
  if (buffer.length < start) throw new ServingError('INVALID_ARGUMENT', `${place}: header is cut short`);
  const length = wide ? buffer.readUInt32LE(8) : buffer.readUInt16LE(8);
  if (length > maxHeader || start + length > buffer.length) {
    throw new ServingError(
      'INVALID_ARGUMENT',
      `${place}: header of ${length} bytes does not fit a file of ${buffer.length} bytes`,
    );
  }
  const header = parseHeader(buffer.toString('latin1', start, start + length), place);
  return arrayOf(header, buffer.subarray(start + length), place);
}

interface Header {
  readonly dtype: DType;
  readonly swapped: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

function parseHeader(text: string, place: string): Header {
  const descr = /'descr'\s*:\s*'([^']{1,16})'/.exec(text)?.[1];
  if (descr === undefined)
    throw new ServingError(
      'INVALID_ARGUMENT',
      `${place}: header names no plain element type: ${text.slice(0, 80).trim()}`,
    );
  const type = parseDescr(descr);
  if (type === undefined)
    throw new ServingError(
      'INVALID_ARGUMENT',
      `${place}: element type '${descr}' is not supported, want bool, int, uint or float`,
    );
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  if (fortran === undefined) throw new ServingError('INVALID_ARGUMENT', `${place}: header has no fortran_order`);
  const dims = /'shape'\s*:\s*\(([0-9,\s]*)\)/.exec(text)?.[1];
  if (dims === undefined) throw new ServingError('INVALID_ARGUMENT', `${place}: header has no shape`);
  const shape = dims
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  if (shape.length > maxRank)
    throw new ServingError('INVALID_ARGUMENT', `${place}: rank is ${shape.length}, want at most ${maxRank}`);
  return { ...type, fortran: fortran === 'True', shape };
}

function arrayOf(header: Header, bytes: Buffer, place: string): NpyArray {
  const count = elementCount(header.shape);
  const size = itemSize(header.dtype);
  if (count === undefined || count * size !== bytes.length) {
    throw new ServingError(
      'INVALID_ARGUMENT',
      `${place}: shape [${header.shape}] of ${header.dtype} does not match ${bytes.length} bytes`,
    );
  }
  let result: Uint8Array = bytes;
  if (header.swapped) result = swapBytes(result, size);
  if (header.fortran && header.shape.length > 1) result = toRowMajor(result, header.shape, size);
  return { dtype: header.dtype, shape: header.shape, bytes: result };
}

function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const copy = Buffer.from(bytes);
  if (size === 2) return copy.swap16();
  return size === 4 ? copy.swap32() : copy.swap64();
}

/** Rewrites column-major bytes in row-major order. */
function toRowMajor(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const strides: number[] = [];
  let stride = 1;
  for (const dim of shape) {
    strides.push(stride);
    stride *= dim;
  }
  const index = new Array<number>(shape.length).fill(0);
  for (let to = 0; to < out.length; to += size) {
    let from = 0;
    for (let axis = 0; axis < index.length; axis++) from += (index[axis] ?? 0) * (strides[axis] ?? 0);
    out.set(bytes.subarray(from * size, (from + 1) * size), to);
    increment(index, shape);
  }
  return out;
}

function increment(index: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = (index[axis] ?? 0) + 1;
    if (next < (shape[axis] ?? 0)) {
      index[axis] = next;
      return;
    }
    index[axis] = 0;
  }
}

/** The file form of an array, version 1.0, with the data aligned as NumPy aligns it. */
export function formatNpy(array: NpyArray): Uint8Array {
  const dims = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(', ');
  const dictionary = `{'descr': '${numpyDescr(array.dtype)}', 'fortran_order': False, 'shape': (${dims}), }`;
  const unpadded = magic.length + 4 + dictionary.length + 1;
  const header = `${dictionary}${' '.repeat((alignment - (unpadded % alignment)) % alignment)}\n`;
  const prefix = Buffer.alloc(10);
  magic.copy(prefix);
  prefix.writeUInt8(1, 6);
  prefix.writeUInt16LE(header.length, 8);
  return Buffer.concat([prefix, Buffer.from(header, 'latin1'), array.bytes]);
}
