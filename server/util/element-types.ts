// The element types of tensors, each once: what all others list of them is made from this table.

/** Names of typed arrays whose elements are those of a type; of BOOL, FP16 and BF16 the bits. */
type Elements =
  | typeof Int8Array
  | typeof Int16Array
  | typeof Int32Array
  | typeof BigInt64Array
  | typeof Uint8Array
  | typeof Uint16Array
  | typeof Uint32Array
  | typeof BigUint64Array
  | typeof Float32Array
  | typeof Float64Array;

export interface ElementInfo {
  /** Of one element. */
  readonly bytes: 1 | 2 | 4 | 8;
  readonly kind: 'truth' | 'signed' | 'unsigned' | 'real';
  readonly array: Elements;
  /** Least and most value of whole numbers that a number of JavaScript holds. */
  readonly range?: readonly [least: number, most: number];
  /** `descr` of a NumPy file, little-endian. */
  readonly descr: string;
  /** NumPy's name; absent where numpy has none, or files of servables may not use it. */
  readonly numpy?: string;
  /** MindSpore Serving's name; absent where it has none. */
  readonly mindspore?: string;
  /** The field of InferTensorContents; absent where the type exists as raw bytes alone. */
  readonly contents?: string;
  /** Reads an element; whole numbers of 64 bits are bigint. */
  read(view: DataView, at: number): number | bigint | boolean;
  /** Writes a number that the type can hold; 0 and 1 alone for FP16 and BF16. */
  write(view: DataView, at: number, value: number): void;
}

/** Element types of models, spelled as the Open Inference Protocol spells them. */
export type ElementType =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'BF16'
  | 'FP32'
  | 'FP64';

export const elementTypes: Readonly<Record<ElementType, ElementInfo>> = {
  BOOL: {
    bytes: 1,
    kind: 'truth',
    array: Uint8Array,
    descr: '|b1',
    numpy: 'bool_',
    mindspore: 'MS_BOOL',
    contents: 'bool_contents',
    read: (view, at) => view.getUint8(at) !== 0,
    write: (view, at, value) => view.setUint8(at, value),
  },
  UINT8: {
    bytes: 1,
    kind: 'unsigned',
    array: Uint8Array,
    range: [0, 255],
    descr: '|u1',
    numpy: 'uint8',
    mindspore: 'MS_UINT8',
    contents: 'uint_contents',
    read: (view, at) => view.getUint8(at),
    write: (view, at, value) => view.setUint8(at, value),
  },
  UINT16: {
    bytes: 2,
    kind: 'unsigned',
    array: Uint16Array,
    range: [0, 65_535],
    descr: '<u2',
    numpy: 'uint16',
    mindspore: 'MS_UINT16',
    contents: 'uint_contents',
    read: (view, at) => view.getUint16(at, true),
    write: (view, at, value) => view.setUint16(at, value, true),
  },
  UINT32: {
    bytes: 4,
    kind: 'unsigned',
    array: Uint32Array,
    range: [0, 2 ** 32 - 1],
    descr: '<u4',
    numpy: 'uint32',
    mindspore: 'MS_UINT32',
    contents: 'uint_contents',
    read: (view, at) => view.getUint32(at, true),
    write: (view, at, value) => view.setUint32(at, value, true),
  },
  UINT64: {
    bytes: 8,
    kind: 'unsigned',
    array: BigUint64Array,
    descr: '<u8',
    numpy: 'uint64',
    mindspore: 'MS_UINT64',
    contents: 'uint64_contents',
    read: (view, at) => view.getBigUint64(at, true),
    write: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  },
  INT8: {
    bytes: 1,
    kind: 'signed',
    array: Int8Array,
    range: [-128, 127],
    descr: '|i1',
    numpy: 'int8',
    mindspore: 'MS_INT8',
    contents: 'int_contents',
    read: (view, at) => view.getInt8(at),
    write: (view, at, value) => view.setInt8(at, value),
  },
  INT16: {
    bytes: 2,
    kind: 'signed',
    array: Int16Array,
    range: [-32_768, 32_767],
    descr: '<i2',
    numpy: 'int16',
    mindspore: 'MS_INT16',
    contents: 'int_contents',
    read: (view, at) => view.getInt16(at, true),
    write: (view, at, value) => view.setInt16(at, value, true),
  },
  INT32: {
    bytes: 4,
    kind: 'signed',
    array: Int32Array,
    range: [-(2 ** 31), 2 ** 31 - 1],
    descr: '<i4',
    numpy: 'int32',
    mindspore: 'MS_INT32',
    contents: 'int_contents',
    read: (view, at) => view.getInt32(at, true),
    write: (view, at, value) => view.setInt32(at, value, true),
  },
  INT64: {
    bytes: 8,
    kind: 'signed',
    array: BigInt64Array,
    descr: '<i8',
    numpy: 'int64',
    mindspore: 'MS_INT64',
    contents: 'int64_contents',
    read: (view, at) => view.getBigInt64(at, true),
    write: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  },
  FP16: {
    bytes: 2,
    kind: 'real',
    array: Uint16Array,
    descr: '<f2',
    mindspore: 'MS_FLOAT16',
    read: (view, at) => halfValue(view.getUint16(at, true)),
    write: (view, at, value) => view.setUint16(at, value === 0 ? 0 : 0x3c00, true),
  },
  BF16: {
    bytes: 2,
    kind: 'real',
    array: Uint16Array,
    // NumPy has no bfloat16; two opaque bytes are how ml_dtypes stores it.
    descr: '|V2',
    read: (view, at) => upperHalfValue(view.getUint16(at, true)),
    write: (view, at, value) => view.setUint16(at, value === 0 ? 0 : 0x3f80, true),
  },
  FP32: {
    bytes: 4,
    kind: 'real',
    array: Float32Array,
    descr: '<f4',
    numpy: 'float32',
    mindspore: 'MS_FLOAT32',
    contents: 'fp32_contents',
    read: (view, at) => view.getFloat32(at, true),
    write: (view, at, value) => view.setFloat32(at, value, true),
  },
  FP64: {
    bytes: 8,
    kind: 'real',
    array: Float64Array,
    descr: '<f8',
    numpy: 'float64',
    mindspore: 'MS_FLOAT64',
    contents: 'fp64_contents',
    read: (view, at) => view.getFloat64(at, true),
    write: (view, at, value) => view.setFloat64(at, value, true),
  },
};

/** Their names, in the order of the table. */
export const elementNames: readonly ElementType[] = Object.keys(elementTypes) as ElementType[];

/** What is made of those types of which `pick` tells something, by their names. */
export function ofElements<T>(
  pick: (info: ElementInfo, name: ElementType) => T | undefined,
): ReadonlyMap<ElementType, T> {
  const found = new Map<ElementType, T>();
  for (const name of elementNames) {
    const value = pick(elementTypes[name], name);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

/** The value of a number of 16 bits (IEEE 754 binary16). */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The value whose upper half, as a number of 32 bits, these bits are (bfloat16). */
export function upperHalfValue(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits * 65536);
  return view.getFloat32(0);
}
