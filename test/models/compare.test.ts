import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NpyArray } from '../../server/npz/npy.ts';
import { cosine, difference } from './compare.ts';

const tolerance = { rtol: 0.1, atol: 0.01 };
const floats = (values: readonly number[], shape: readonly number[] = [values.length]): NpyArray => ({
  dtype: 'FP32',
  shape,
  bytes: new Uint8Array(new Float32Array(values).buffer),
});
const integers = (...values: readonly number[]): NpyArray => ({
  dtype: 'INT32',
  shape: [values.length],
  bytes: new Uint8Array(new Int32Array(values).buffer),
});

test('compare: within the tolerance, not beyond it', () => {
  assert.equal(difference(floats([1.1, -0.005]), floats([1, 0]), tolerance), undefined);
  assert.match(difference(floats([1, 1.12]), floats([1, 1]), tolerance) ?? '', /^element 1 of 2 is 1\.12/);
  assert.match(difference(floats([0.02]), floats([0]), tolerance) ?? '', /^element 0/);
});

test('compare: what is not a number, and infinities, must be where they are wanted', () => {
  assert.equal(
    difference(
      floats([Number.NaN, Number.POSITIVE_INFINITY]),
      floats([Number.NaN, Number.POSITIVE_INFINITY]),
      tolerance,
    ),
    undefined,
  );
  for (const [found, wanted] of [
    [Number.NaN, 1],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [1e30, Number.POSITIVE_INFINITY],
  ] as const) {
    assert.notEqual(difference(floats([found]), floats([wanted]), tolerance), undefined, `${found} for ${wanted}`);
  }
});

test('compare: integers are equal or wrong; types and shapes count', () => {
  assert.equal(difference(integers(1, 2), integers(1, 2), tolerance), undefined);
  assert.match(difference(integers(1, 100), integers(1, 101), tolerance) ?? '', /^element 1/);
  assert.match(difference(integers(1), floats([1]), tolerance) ?? '', /^is INT32, want FP32/);
  assert.match(difference(floats([1, 2], [1, 2]), floats([1, 2]), tolerance) ?? '', /^has shape \[1,2\], want \[2\]/);
});

test('cosine: one for the same direction, less for another, an error for another shape', () => {
  assert.equal(cosine(floats([1, 2]), floats([2, 4])), 1);
  assert.equal(cosine(floats([1, 0]), floats([0, 1])), 0);
  assert.equal(cosine(floats([1, 0]), floats([-1, 0])), -1);
  assert.ok(Number.isNaN(cosine(floats([Number.NaN, 0]), floats([1, 0]))));
  assert.throws(() => cosine(floats([1, 2]), floats([1, 2], [1, 2])), /^Error: FP32 \[2\], want FP32 \[1,2\]$/);
});
