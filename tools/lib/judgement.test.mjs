import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disturbances, median, percentile, ratio } from './judgement.mjs';

test('percentiles are order statistics', () => {
  const sorted = Float64Array.from({ length: 100 }, (_, i) => i + 1);
  assert.deepEqual(
    [0, 50, 90, 99, 99.9, 100].map((p) => percentile(sorted, p)),
    [1, 50, 90, 99, 100, 100],
  );
  assert.equal(percentile([], 50), undefined);
  assert.deepEqual([median([3, 1, 2]), median([4, 1]), median([])], [2, 2.5, undefined]);
});

test('ratios are taken within rounds', () => {
  // The second round was twice as slow for both.
  const [ours, theirs] = [
    [{ p50: 3 }, { p50: 6 }],
    [{ p50: 2 }, { p50: 4 }],
  ];
  assert.deepEqual(ratio(ours, theirs, 'p50'), { median: 1.5, min: 1.5, max: 1.5 });
});

const limits = { foreign: [0.05, 'others on the cores'] };
const quiet = { ms: 1, foreign: 0.01 };

test('quiet windows count, one disturbed of four is forgiven, two are not', () => {
  assert.deepEqual(disturbances([quiet, quiet], limits, 'ms'), []);
  const loud = { ...quiet, foreign: 0.5 };
  assert.deepEqual(disturbances([quiet, quiet, quiet, loud], limits, 'ms'), []);
  assert.deepEqual(disturbances([quiet, quiet, loud, loud], limits, 'ms'), [
    'others on the cores: up to 50 %, limit 5 %',
  ]);
});

test('rounds that differ are told, whatever the limits say', () => {
  assert.deepEqual(disturbances([quiet, { ms: 1.25, foreign: 0 }], limits, 'ms'), []);
  assert.deepEqual(disturbances([quiet, { ms: 1.3, foreign: 0 }], limits, 'ms'), [
    'medians of the rounds differ by 30 %, limit 25 %',
  ]);
});
