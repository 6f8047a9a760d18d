import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXPIRED, remainingUs } from './deadline.ts';

const NEVER = Number.POSITIVE_INFINITY;

test('deadline: the smaller of the caller deadline and the parameter counts', () => {
  assert.equal(remainingUs(NEVER, 0, 1000), 0);
  assert.equal(remainingUs(NEVER, 250, 1000), 250);
  assert.equal(remainingUs(1005, 0, 1000), 5000);
  assert.equal(remainingUs(1005, 250, 1000), 250);
  assert.equal(remainingUs(1005, 9000, 1000), 5000);
});

test('deadline: what has passed is expired, whatever the parameter says', () => {
  assert.equal(remainingUs(1000, 0, 1000), EXPIRED);
  assert.equal(remainingUs(900, 250, 1000), EXPIRED);
  assert.equal(remainingUs(Number.NaN, 250, 1000), EXPIRED);
});

test('deadline: the result stays far from the limits of a 64-bit clock', () => {
  assert.equal(remainingUs(NEVER, 2 ** 63, 1000), 2 ** 41);
  assert.equal(remainingUs(1e300, 0, 1000), 2 ** 41);
});
