// x[…] of the NumPy that servable_config.py functions are made of.

import { arrayOf, fail, type NdArray, stridesOf, type Value, viewed } from './array.ts';

/** A subscript whose expressions are worked out. */
export type Index =
  | { readonly kind: 'at'; readonly value: Value }
  | {
      readonly kind: 'slice';
      readonly from: number | undefined;
      readonly to: number | undefined;
      readonly step: number;
    }
  | { readonly kind: 'new' };

/** A whole number, from Python's own or an array of one. */
export function wholeOf(value: Value): number | undefined {
  if (value.kind === 'number' && value.isInteger) return value.value;
  const isInteger = value.kind === 'array' && /INT/.test(value.dtype);
  return isInteger && value.shape.length === 0 ? value.data[0] : undefined;
}

/** The places a slice takes of so many. */
function placesOf(
  { from, to, step }: Extract<Index, { kind: 'slice' }>,
  size: number,
): { start: number; count: number } {
  if (step === 0) fail('a slice with step 0');
  const clip = (place: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, place < 0 ? place + size : place));
  const start =
    from === undefined ? (step > 0 ? 0 : size - 1) : step > 0 ? clip(from, 0, size) : clip(from, -1, size - 1);
  const end = to === undefined ? (step > 0 ? size : -1) : step > 0 ? clip(to, 0, size) : clip(to, -1, size - 1);
  return { start, count: Math.max(0, Math.ceil((end - start) / step)) };
}

function inside(place: number, size: number): number {
  const at = place < 0 ? place + size : place;
  return at >= 0 && at < size ? at : fail(`index ${place} of ${size}`);
}

/** value[subscripts] */
export function indexed(value: Value, subscripts: readonly Index[]): Value {
  if (value.kind === 'array') return arrayIndexed(value, subscripts);
  const [only, ...more] = subscripts;
  if (only === undefined || more.length > 0 || only.kind === 'new') return fail(`several indices of ${value.kind}`);
  if (value.kind === 'table') {
    const found = only.kind === 'at' ? value.entries.find(([key]) => isSame(key, only.value)) : undefined;
    return found === undefined ? fail('a key that the dictionary has not') : found[1];
  }
  const items = value.kind === 'list' ? value.items : value.kind === 'text' ? [...value.value].map(text) : undefined;
  if (items === undefined) return fail(`an index of ${value.kind}`);
  if (only.kind === 'at') {
    const place = wholeOf(only.value) ?? fail('an index that is no whole number');
    return items[inside(place, items.length)] as Value;
  }
  const { start, count } = placesOf(only, items.length);
  const taken = Array.from({ length: count }, (_, i) => items[start + i * only.step] as Value);
  return value.kind === 'list'
    ? { kind: 'list', items: taken }
    : text(taken.map((item) => (item.kind === 'text' ? item.value : '')).join(''));
}

function text(value: string): Value {
  return { kind: 'text', value };
}

function isSame(key: Value, wanted: Value): boolean {
  if (key.kind === 'text' && wanted.kind === 'text') return key.value === wanted.value;
  const [a, b] = [wholeOf(key), wholeOf(wanted)];
  return a !== undefined && a === b;
}

function arrayIndexed(array: NdArray, subscripts: readonly Index[]): NdArray {
  const [only] = subscripts;
  if (subscripts.length === 1 && only?.kind === 'at' && wholeOf(only.value) === undefined)
    return gathered(array, only.value);
  const strides = stridesOf(array.shape);
  const shape: number[] = [];
  const steps: number[] = [];
  let start = 0;
  let axis = 0;
  for (const subscript of subscripts) {
    if (subscript.kind === 'new') {
      shape.push(1);
      steps.push(0);
      continue;
    }
    const size = array.shape[axis] ?? fail(`${subscripts.length} indices of ${array.shape.length} dimensions`);
    const stride = strides[axis] as number;
    axis += 1;
    if (subscript.kind === 'at') {
      const place = wholeOf(subscript.value) ?? fail('an index that is an array beside others');
      start += inside(place, size) * stride;
      continue;
    }
    const taken = placesOf(subscript, size);
    if (taken.count > 0) start += taken.start * stride;
    shape.push(taken.count);
    steps.push(subscript.step * stride);
  }
  return viewed(array, [...shape, ...array.shape.slice(axis)], [...steps, ...strides.slice(axis)], start);
}

/** Rows by a list of their places. */
function gathered(array: NdArray, value: Value): NdArray {
  const places = arrayOf(value);
  if (!/INT/.test(places.dtype)) fail(`an index of ${places.dtype}`);
  const [size = fail('an index of a number'), ...rest] = array.shape;
  const row = rest.reduce((product, length) => product * length, 1);
  const shape = [...places.shape, ...rest];
  const starts = Array.from(places.data, (place) => inside(place, size) * row);
  const data = new Float64Array(starts.length * row);
  starts.forEach((start, i) => data.set(array.data.subarray(start, start + row), i * row));
  return { ...array, shape, data };
}
