import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternReason, prunedWeights } from './pairs.ts';

const pruned = (values: readonly number[], dims: readonly number[], axis: number): number[] => [
  ...prunedWeights(Float32Array.from(values), dims, axis),
];

test('of every four weights along the input the two largest stay', () => {
  assert.deepEqual(pruned([1, -4, 3, 2, 0.5, 0, 0, -0.25], [2, 4], 0), [0, -4, 3, 0, 0.5, 0, 0, -0.25]);
  assert.deepEqual(pruned([1, 10, -4, 40, 3, 30, 2, 20], [4, 2], 1), [0, 0, -4, 40, 3, 30, 0, 0]);
});

test('a convolution is pruned by channels, each place of its kernel for itself', () => {
  // One output channel, four input channels, a kernel of 1×2.
  assert.deepEqual(pruned([1, 8, 2, 7, 3, 6, 4, 5], [1, 4, 1, 2], 0), [0, 8, 0, 7, 3, 0, 4, 0]);
});

test('of equal weights the first two stay, and what is sparse is left as it is', () => {
  assert.deepEqual(pruned([1, -1, 1, 1], [1, 4], 0), [1, -1, 0, 0]);
  assert.deepEqual(pruned([0, 3, 0, 0.5], [1, 4], 0), [0, 3, 0, 0.5]);
});

test('weights that do not fit are told', () => {
  assert.equal(patternReason([8, 16, 3, 3], 0), undefined);
  assert.equal(patternReason([8, 3, 3, 3], 0), "it sums over 3 of its input's channels, want a multiple of 4");
  assert.equal(patternReason([10, 8], 1), "it sums over 10 of its input's channels, want a multiple of 4");
});
