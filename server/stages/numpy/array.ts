// Arrays of the NumPy that servable_config.py functions are made of: numbers in rows, with the element type they are rounded to.

import { type NumpyType, numpyTypes } from '../../config/numpy/expression.ts';
import { elementSize } from '../../inference/dtype.ts';
import { elementTypes } from '../../util/element-types.ts';
import type { StageTensor } from '../bind.ts';

export interface NdArray {
  readonly kind: 'array';
  readonly dtype: NumpyType;
  readonly shape: readonly number[];
  /** Integers of 64 bits only as far as they are exact. */
  readonly data: Float64Array;
}

/** What an expression comes to: `number` is Python's own, which takes the type of the array it meets. */
export type Value =
  | NdArray
  | { readonly kind: 'number'; readonly value: number; readonly isInteger: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'truth'; readonly value: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'type'; readonly dtype: NumpyType }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'table'; readonly entries: readonly (readonly [Value, Value])[] };

/** Why a function cannot go on. */
export class NumpyFailure extends Error {}

export const fail = (message: string): never => {
  throw new NumpyFailure(message);
};

/** Most elements of an array, which the server's own thread works through. */
const mostElements = 2 ** 22;

/** Most elements and items that one call of a function may make. */
const mostWork = 2 ** 25;
let work = 0;

/** A call of a function begins; it runs to its end before another does. */
export function beginWork(): void {
  work = 0;
}

/** Counts what is made; loops inside each other end here. */
export function spend(count: number): void {
  work += count;
  if (work > mostWork) fail(`more than ${mostWork} elements in one call`);
}

export function countOf(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count > mostElements) fail(`an array of ${count} elements, the most is ${mostElements}`);
  spend(count);
  return count;
}

export function isFloat(dtype: NumpyType): boolean {
  return dtype === 'FP32' || dtype === 'FP64';
}

/** Lowest and highest value of an integer type that is held exactly. */
export function rangeOf(dtype: NumpyType): readonly [number, number] {
  if (dtype === 'BOOL') return [0, 1];
  const bits = Math.min(53, Number(/\d+/.exec(dtype)?.[0]));
  if (dtype.startsWith('UINT')) return [0, bits === 53 ? Number.MAX_SAFE_INTEGER : 2 ** bits - 1];
  return bits === 53 ? [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** A value as the element type holds it; integers that do not fit are a failure, since what NumPy makes of them is no result anyone wants. */
export function rounded(value: number, dtype: NumpyType): number {
  if (dtype === 'FP32') return Math.fround(value);
  if (dtype === 'FP64') return value;
  const [low, high] = rangeOf(dtype);
  return value >= low && value <= high ? value : fail(`the value ${value} does not fit ${dtype}`);
}

/** An array whose elements are made one by one, in rows. */
export function made(dtype: NumpyType, shape: readonly number[], element: (index: number) => number): NdArray {
  const data = new Float64Array(countOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = rounded(element(i), dtype);
  return { kind: 'array', dtype, shape, data };
}

/** Steps between neighbours of each dimension, in rows. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  return strides;
}

/** Calls `visit` for each element of a shape in rows, with its offset under other strides. */
export function walk(
  shape: readonly number[],
  strides: readonly number[],
  start: number,
  visit: (at: number, offset: number) => void,
): void {
  const count = countOf(shape);
  const place = new Array<number>(shape.length).fill(0);
  let offset = start;
  for (let at = 0; at < count; at++) {
    visit(at, offset);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place[axis] = (place[axis] as number) + 1;
      offset += strides[axis] as number;
      if ((place[axis] as number) < (shape[axis] as number)) break;
      offset -= (strides[axis] as number) * (shape[axis] as number);
      place[axis] = 0;
    }
  }
}

/** The elements of `array` under another shape and strides. */
export function viewed(array: NdArray, shape: readonly number[], strides: readonly number[], start = 0): NdArray {
  const data = new Float64Array(countOf(shape));
  walk(shape, strides, start, (at, offset) => {
    data[at] = array.data[offset] as number;
  });
  return { ...array, shape, data };
}

const readable: ReadonlySet<string> = new Set(numpyTypes.values());

/** An element as a number; fails for one beyond 2^53. */
function readNumber(dtype: NumpyType, view: DataView, at: number): number {
  const value = elementTypes[dtype].read(view, at);
  return typeof value === 'bigint' ? exact(value) : Number(value);
}

function exact(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : fail(`the value ${value} is beyond 2^53`);
}

/** A tensor of a chain as a value: numbers, or one text. */
export function asValue({ dtype, shape, bytes }: StageTensor): Value {
  if (dtype === 'BYTES') {
    const length = bytes.length >= 4 ? Buffer.from(bytes.subarray(0, 4)).readUInt32LE() : -1;
    if (length !== bytes.length - 4) fail('several texts');
    return { kind: 'text', value: Buffer.from(bytes.subarray(4)).toString('utf8') };
  }
  if (!readable.has(dtype)) fail(`elements of ${dtype}`);
  const type = dtype as NumpyType;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = elementSize(type);
  return made(type, shape, (i) => readNumber(type, view, i * size));
}

/** A value as a tensor: Python's own numbers are of 64 bits, texts BYTES. */
export function tensorOf(value: Value): StageTensor {
  if (value.kind === 'array') {
    const size = elementSize(value.dtype);
    const bytes = new Uint8Array(new ArrayBuffer(value.data.length * size));
    const view = new DataView(bytes.buffer);
    const { write } = elementTypes[value.dtype];
    value.data.forEach((element, i) => write(view, i * size, element));
    return { dtype: value.dtype, shape: value.shape, bytes };
  }
  if (value.kind === 'number') return tensorOf(made(value.isInteger ? 'INT64' : 'FP64', [], () => value.value));
  if (value.kind === 'truth') return tensorOf(made('BOOL', [], () => Number(value.value)));
  if (value.kind === 'text') return texts([value.value], []);
  if (value.kind === 'list' && value.items.every((item) => item.kind === 'text'))
    return texts(
      value.items.map((item) => item.value),
      [value.items.length],
    );
  if (value.kind === 'list') return tensorOf(arrayOf(value));
  return fail(`a result that is ${value.kind}`);
}

function texts(items: readonly string[], shape: readonly number[]): StageTensor {
  const parts = items.flatMap((item) => {
    const text = Buffer.from(item, 'utf8');
    const head = Buffer.alloc(4);
    head.writeUInt32LE(text.length);
    return [head, text];
  });
  return { dtype: 'BYTES', shape, bytes: Buffer.concat(parts), isText: true };
}

/** A value as an array, as np.array makes it: nested lists of numbers or of arrays of one shape. */
export function arrayOf(value: Value): NdArray {
  if (value.kind === 'array') return value;
  if (value.kind === 'number') return made(value.isInteger ? 'INT64' : 'FP64', [], () => value.value);
  if (value.kind === 'truth') return made('BOOL', [], () => Number(value.value));
  if (value.kind !== 'list') return fail(`an array of ${value.kind}`);
  const items = value.items.map(arrayOf);
  const [first] = items;
  if (first === undefined) return made('FP64', [0], () => 0);
  const dtype = items.map((item) => item.dtype).reduce(promoted);
  if (items.some((item) => String(item.shape) !== String(first.shape))) fail('a list of arrays of several shapes');
  return made(dtype, [items.length, ...first.shape], (i) => {
    const inside = items[Math.floor(i / first.data.length)] as NdArray;
    return inside.data[i % first.data.length] as number;
  });
}

/** The type two arrays have in common. */
export function promoted(a: NumpyType, b: NumpyType): NumpyType {
  if (a === b) return a;
  if (a === 'BOOL') return b;
  if (b === 'BOOL') return a;
  if (isFloat(a) && isFloat(b)) return 'FP64';
  const bits = (dtype: NumpyType): number => Number(/\d+/.exec(dtype)?.[0]);
  if (isFloat(a) || isFloat(b)) {
    const [float, integer] = isFloat(a) ? [a, b] : [b, a];
    return float === 'FP32' && bits(integer) <= 16 ? 'FP32' : 'FP64';
  }
  const isSigned = (dtype: NumpyType): boolean => dtype.startsWith('INT');
  if (isSigned(a) === isSigned(b)) return bits(a) >= bits(b) ? a : b;
  const [signed, unsigned] = isSigned(a) ? [a, b] : [b, a];
  const wanted = Math.max(bits(signed), 2 * bits(unsigned));
  return wanted > 64 ? 'FP64' : (`INT${wanted}` as NumpyType);
}
