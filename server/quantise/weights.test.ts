import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floatsOf, quantiseWeights } from './weights.ts';

test('weights: one scale per channel along either dimension, the largest of each becomes 127', () => {
  const values = Float32Array.of(1, -3, 4, 9.9, 5, -20);
  const rows = quantiseWeights(values, [2, 3], 0);
  assert.deepEqual([...rows.integers], [32, -95, 127, 63, 32, -127]);
  assert.deepEqual([...rows.scales], [Math.fround(4 / 127), Math.fround(20 / 127)]);
  const columns = quantiseWeights(values, [2, 3], 1);
  assert.deepEqual([...columns.integers], [13, -76, 25, 127, 127, -127]);
  assert.equal(columns.scales.length, 3);
});

test('weights: no number is further from its integer than half a step', () => {
  const values = Float32Array.from({ length: 4 * 27 }, (_, i) => Math.sin(i * 1.7) * (1 + Math.floor(i / 27)));
  const { integers, scales } = quantiseWeights(values, [4, 3, 3, 3], 0);
  for (const [i, value] of values.entries()) {
    const scale = scales[Math.floor(i / 27)] ?? 0;
    assert.ok(Math.abs((integers[i] ?? 0) * scale - value) <= scale * 0.5001, `${i}`);
  }
});

test('weights: a channel of zeros has a scale all the same', () => {
  assert.deepEqual([...quantiseWeights(new Float32Array(4), [2, 2], 0).scales], [1, 1]);
});

test('weights: bytes at odd addresses are numbers, too', () => {
  const bytes = new Uint8Array(9);
  bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
  assert.deepEqual([...floatsOf(bytes.subarray(1))], [1.5, -2]);
});
