import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChannelMeans, keepMeans } from './means.ts';
import { type QuantisedWeights, quantiseWeights } from './weights.ts';

test('means: channels are dimension 1 of what convolutions read, else the last one', () => {
  const images = new ChannelMeans(true);
  images.add(Float32Array.of(1, 3, 10, 30), [1, 2, 1, 2]);
  images.add(Float32Array.of(5, 7, 0, 0), [1, 2, 1, 2]);
  assert.deepEqual([...images.means()], [4, 10]);
  const rows = new ChannelMeans(false);
  rows.add(Float32Array.of(1, 2, 3, 5, 6, 7), [2, 3]);
  assert.deepEqual([...rows.means()], [3, 4, 5]);
  assert.deepEqual([...new ChannelMeans(true).means()], []);
});

/** The error of each output channel's mean, in steps; `of` tells the input channel and output channel of an element. */
function errors(
  { integers, scales }: QuantisedWeights,
  values: Float32Array,
  means: Float64Array,
  of: (element: number) => readonly [number, number],
): number[] {
  const found = new Array<number>(scales.length).fill(0);
  for (const [element, value] of values.entries()) {
    const [input, output] = of(element);
    const off = (integers[element] ?? 0) - value / (scales[output] ?? 1);
    assert.ok(Math.abs(off) <= 1.001, `element ${element}`);
    found[output] = (found[output] ?? 0) + off * (means[input] ?? 0);
  }
  return found.map(Math.abs);
}

const shapes = [
  {
    name: 'a convolution',
    dims: [4, 8, 3, 3],
    axis: 0,
    channels: 8,
    of: (i: number) => [Math.floor(i / 9) % 8, Math.floor(i / 72)],
  },
  {
    name: 'a convolution of two groups',
    dims: [4, 4, 3, 3],
    axis: 0,
    channels: 8,
    of: (i: number) => [(Math.floor(i / 9) % 4) + (i < 72 ? 0 : 4), Math.floor(i / 36)],
  },
  { name: 'a dense layer', dims: [6, 40], axis: 0, channels: 40, of: (i: number) => [i % 40, Math.floor(i / 40)] },
  { name: 'a matrix product', dims: [40, 6], axis: 1, channels: 40, of: (i: number) => [Math.floor(i / 6), i % 6] },
] as const;

for (const { name, dims, axis, channels, of } of shapes)
  test(`means: ${name} keeps those of its results`, () => {
    const count = dims.reduce<number>((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + i * i * 0.3));
    const means = Float64Array.from({ length: channels }, (_, i) => 1 + Math.cos(i));
    const position = (i: number): readonly [number, number] => [of(i)[0] ?? 0, of(i)[1] ?? 0];
    const nearest = errors(quantiseWeights(values, dims, axis), values, means, position);
    const weights = quantiseWeights(values, dims, axis);
    keepMeans(weights, values, dims, axis, means);
    const kept = errors(weights, values, means, position);
    for (const [channel, error] of kept.entries()) assert.ok(error <= (nearest[channel] ?? 0), `channel ${channel}`);
    const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
    assert.ok(sum(kept) < sum(nearest) / 3, `${sum(kept)} of ${sum(nearest)}`);
  });

test('means: weights stay at the nearest integer where means are zero or of another number of channels', () => {
  const values = Float32Array.from({ length: 72 }, (_, i) => Math.sin(i * 1.7));
  const nearest = quantiseWeights(values, [1, 8, 3, 3], 0);
  for (const means of [new Float64Array(8), new Float64Array(3).fill(1), new Float64Array(16).fill(1)]) {
    const weights = quantiseWeights(values, [1, 8, 3, 3], 0);
    keepMeans(weights, values, [1, 8, 3, 3], 0, means);
    assert.deepEqual(weights, nearest);
  }
});
