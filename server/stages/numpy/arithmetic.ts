// Element by element, and along an axis, as NumPy does it; sums are made in 64 bits and rounded once.

import type { NumpyType } from '../../config/numpy/expression.ts';
import {
  arrayOf,
  countOf,
  fail,
  isFloat,
  made,
  type NdArray,
  promoted,
  rangeOf,
  stridesOf,
  type Value,
  viewed,
} from './array.ts';

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '**': (a, b) => a ** b,
};

/** Two values under an operator. */
export function binary(operator: string, left: Value, right: Value): Value {
  const operation = operations[operator] ?? fail(`the operator ${operator}`);
  if (left.kind === 'number' && right.kind === 'number') {
    const isInteger = left.isInteger && right.isInteger && operator !== '/' && !(operator === '**' && right.value < 0);
    const value = operation(left.value, right.value);
    if (isInteger && !Number.isSafeInteger(value)) fail(`the value ${value}`);
    if (operator === '/' && right.value === 0) fail('a division by zero');
    return { kind: 'number', value, isInteger };
  }
  if (operator === '+' && left.kind === 'text' && right.kind === 'text')
    return { kind: 'text', value: left.value + right.value };
  if (operator === '+' && left.kind === 'list' && right.kind === 'list')
    return { kind: 'list', items: [...left.items, ...right.items] };
  const [a, b] = [operand(left), operand(right)];
  const common = commonType(a, b);
  if (common === 'BOOL') fail(`${operator} of BOOL`);
  const dtype = operator === '/' && !isFloat(common) ? 'FP64' : common;
  const shape = broadcast(a.shape, b.shape);
  const [x, y] = [stretched(a, shape), stretched(b, shape)];
  if (operator === '**' && !isFloat(dtype) && y.data.some((power) => power < 0)) fail('a negative power of integers');
  return made(dtype, shape, (i) => operation(x.data[i] as number, y.data[i] as number));
}

function operand(value: Value): NdArray {
  if (value.kind === 'array' || value.kind === 'number' || value.kind === 'list') return arrayOf(value);
  return fail(`arithmetic on ${value.kind}`);
}

/**
 * The type of a result, as NumPy before 2 has it: a single number beside an array takes the array's type, unless it is of a higher kind; two single
 * numbers have what both fit in. A whole number that the array's type does not hold is a failure.
 */
function commonType(a: NdArray, b: NdArray): NumpyType {
  const isSingle = ({ shape }: NdArray): boolean => shape.length === 0;
  if (isSingle(a) === isSingle(b)) return promoted(a.dtype, b.dtype);
  const [single, array] = isSingle(a) ? [a, b] : [b, a];
  if (kindOf(single.dtype) > kindOf(array.dtype)) return promoted(a.dtype, b.dtype);
  const [low, high] = isFloat(array.dtype) ? [-Infinity, Infinity] : rangeOf(array.dtype);
  const value = single.data[0] as number;
  return Number.isNaN(value) || (value >= low && value <= high) ? array.dtype : fail(`${value} beside ${array.dtype}`);
}

function kindOf(dtype: NumpyType): number {
  return dtype === 'BOOL' ? 0 : isFloat(dtype) ? 2 : 1;
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[a.length - rank + axis] ?? 1;
    const y = b[b.length - rank + axis] ?? 1;
    if (x !== y && x !== 1 && y !== 1) fail(`shapes [${a}] and [${b}] side by side`);
    return x === 1 ? y : x;
  });
}

function stretched(array: NdArray, shape: readonly number[]): NdArray {
  if (String(array.shape) === String(shape)) return array;
  const own = stridesOf(array.shape);
  const missing = shape.length - array.shape.length;
  const strides = shape.map((_, axis) =>
    axis < missing || array.shape[axis - missing] === 1 ? 0 : (own[axis - missing] as number),
  );
  return viewed(array, shape, strides);
}

/** Each element by itself; integers become FP64, as NumPy's functions of real numbers make them. */
export function each(value: Value, operation: (x: number) => number, keepsIntegers = false): NdArray {
  const array = operand(value);
  if (array.dtype === 'BOOL') fail('a function of BOOL');
  const dtype = isFloat(array.dtype) || keepsIntegers ? array.dtype : 'FP64';
  return made(dtype, array.shape, (i) => operation(array.data[i] as number));
}

/** What a reduction does with the elements along the axis. */
export interface Reduction {
  readonly reduce: (elements: Float64Array) => number;
  readonly dtype: (dtype: NumpyType) => NumpyType;
}

const nanFirst = (elements: Float64Array): number => elements.findIndex(Number.isNaN);

function extreme(elements: Float64Array, isBetter: (a: number, b: number) => boolean): number {
  if (elements.length === 0) fail('a reduction of nothing');
  const nan = nanFirst(elements);
  if (nan >= 0) return nan;
  let best = 0;
  for (let i = 1; i < elements.length; i++) if (isBetter(elements[i] as number, elements[best] as number)) best = i;
  return best;
}

const greater = (a: number, b: number): boolean => a > b;
const less = (a: number, b: number): boolean => a < b;
const same = (dtype: NumpyType): NumpyType => dtype;
const sum = (elements: Float64Array): number => elements.reduce((total, element) => total + element, 0);
const summed = (dtype: NumpyType): NumpyType =>
  isFloat(dtype) ? dtype : dtype.startsWith('UINT') ? 'UINT64' : 'INT64';

export const reductions: Readonly<Record<string, Reduction>> = {
  max: { reduce: (x) => x[extreme(x, greater)] as number, dtype: same },
  amax: { reduce: (x) => x[extreme(x, greater)] as number, dtype: same },
  min: { reduce: (x) => x[extreme(x, less)] as number, dtype: same },
  amin: { reduce: (x) => x[extreme(x, less)] as number, dtype: same },
  argmax: { reduce: (x) => extreme(x, greater), dtype: () => 'INT64' },
  argmin: { reduce: (x) => extreme(x, less), dtype: () => 'INT64' },
  sum: { reduce: sum, dtype: summed },
  mean: { reduce: (x) => sum(x) / x.length, dtype: (dtype) => (isFloat(dtype) ? dtype : 'FP64') },
};

/** Reduces along an axis, or over everything where it is undefined. */
export function reduced(value: Value, { reduce, dtype }: Reduction, axis: number | undefined, keeps: boolean): NdArray {
  const array = operand(value);
  const { shape, data } = array;
  if (axis === undefined) return made(dtype(array.dtype), keeps ? shape.map(() => 1) : [], () => reduce(data));
  const at = axisOf(axis, shape.length);
  const rest = shape.map((size, i) => (i === at ? 1 : size));
  const strides = stridesOf(shape);
  const length = shape[at] as number;
  const step = strides[at] as number;
  const starts = viewed({ ...array, data: Float64Array.from(data, (_, i) => i) }, rest, strides);
  const along = new Float64Array(length);
  const found = made(dtype(array.dtype), rest, (i) => {
    const start = starts.data[i] as number;
    for (let k = 0; k < length; k++) along[k] = data[start + k * step] as number;
    return reduce(along);
  });
  return { ...found, shape: keeps ? rest : shape.filter((_, i) => i !== at) };
}

/** Places of the elements of the last axis in ascending order, NaN last; equal ones stay in order. */
export function argsort(value: Value): NdArray {
  const { shape, data } = operand(value);
  const length = shape.at(-1) ?? fail('argsort of a number');
  const places = new Float64Array(countOf(shape));
  for (let from = 0; from < data.length; from += length) {
    const row = data.subarray(from, from + length);
    const order = Array.from(row.keys()).sort((a, b) => rank(row[a] as number, row[b] as number));
    places.set(order, from);
  }
  return { kind: 'array', dtype: 'INT64', shape, data: places };
}

function rank(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}

/** An axis counted from the front. */
export function axisOf(axis: number, dimensions: number): number {
  const at = axis < 0 ? axis + dimensions : axis;
  return at >= 0 && at < dimensions ? at : fail(`axis ${axis} of ${dimensions} dimensions`);
}

/** Elements of another type: towards zero where it is an integer's, what does not fit is a failure. */
export function cast(value: Value, dtype: NumpyType): NdArray {
  const array = operand(value);
  if (dtype === 'BOOL') return made(dtype, array.shape, (i) => Number(array.data[i] !== 0));
  const bits = Number(/\d+/.exec(dtype)?.[0]);
  const wraps = !isFloat(array.dtype) && !isFloat(dtype) && bits <= 32;
  return made(dtype, array.shape, (i) => {
    const element = array.data[i] as number;
    if (isFloat(dtype)) return element;
    // Integers keep their low bits, as everywhere; what a float beyond the range becomes depends on the machine.
    if (!wraps) return Math.trunc(element) + 0;
    const low = ((element % 2 ** bits) + 2 ** bits) % 2 ** bits;
    return dtype.startsWith('INT') && low >= 2 ** (bits - 1) ? low - 2 ** bits : low;
  });
}
