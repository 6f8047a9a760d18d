import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entropyCells, Magnitudes } from './ranges.ts';

/** Numbers of a bell curve with a few far outside. */
function bell(count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = 0; k < 12; k++) sum += ((i * 7919 + k * 104_729) % 1009) / 1009 - 0.5;
    values[i] = sum;
  }
  values[0] = 40;
  return values;
}

test('min-max covers everything, percentile and entropy leave what lies far outside', () => {
  const sizes = new Magnitudes();
  assert.equal(sizes.add(bell(20_000)), -1);
  assert.equal(sizes.limit('min-max', 0), 40);
  const percentile = sizes.limit('percentile', 99.9);
  assert.ok(percentile > 1 && percentile < 5, `${percentile}`);
  const entropy = sizes.limit('entropy', 0);
  assert.ok(entropy > 1 && entropy < 40, `${entropy}`);
});

test('samples of growing size are counted in the same cells', () => {
  const [together, apart] = [new Magnitudes(), new Magnitudes()];
  const values = Float32Array.from({ length: 4096 }, (_, i) => i / 4096);
  together.add(values);
  for (const share of [0.125, 0.25, 0.5, 1])
    apart.add(values.subarray((values.length * share) / 2, values.length * share));
  apart.add(values.subarray(0, values.length / 16));
  for (const percent of [25, 50, 75])
    assert.ok(Math.abs(together.limit('percentile', percent) - apart.limit('percentile', percent)) < 0.01);
});

test('what is not finite is told by its position', () => {
  assert.equal(new Magnitudes().add(Float32Array.of(1, 2, Number.NaN)), 2);
  assert.equal(new Magnitudes().add(Float32Array.of(Number.NEGATIVE_INFINITY)), 0);
});

test('an activation of zeros has no range by any method', () => {
  const sizes = new Magnitudes();
  sizes.add(new Float32Array(10));
  for (const method of ['min-max', 'percentile', 'entropy'] as const) assert.equal(sizes.limit(method, 99), 0);
});

test('counts that fill 128 cells evenly keep at least those', () => {
  const counts = new Float64Array(2048);
  counts.fill(100, 0, 128);
  assert.ok(entropyCells(counts) >= 128);
});
