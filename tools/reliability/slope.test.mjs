import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slope } from './slope.mjs';

test('a line has its slope, whatever a few outliers say', () => {
  const points = Array.from({ length: 1000 }, (_, x) => [x, 5 + 0.25 * x + (x % 100 === 7 ? 1000 : 0)]);
  assert.ok(Math.abs(slope(points) - 0.25) < 0.01);
});

test('what stays is 0, two points say nothing', () => {
  assert.equal(
    slope([
      [0, 3],
      [1, 3],
      [2, 3],
    ]),
    0,
  );
  assert.equal(
    slope([
      [0, 3],
      [1, 4],
    ]),
    undefined,
  );
});
