// Rounding each weight to its nearest integer moves the mean of what a channel computes, by the same amount for every sample. Weights that lie near the
// middle between two integers cost little either way; some of them are rounded the other way, so that the errors, each times the mean of what its weight is
// multiplied by, cancel out.

import type { QuantisedWeights } from './weights.ts';

/** Means of a value by channel, over all samples and positions. */
export class ChannelMeans {
  readonly #axis: (rank: number) => number;
  #sums = new Float64Array();
  #count = 0;

  /** Of what a convolution reads, channels are dimension 1, else the last one. */
  constructor(convolution: boolean) {
    this.#axis = (rank) => (convolution ? 1 : rank - 1);
  }

  /** Adds the values of one sample. */
  add(values: Float32Array, shape: readonly number[]): void {
    const axis = this.#axis(shape.length);
    const channels = shape[axis] ?? 1;
    const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
    if (this.#sums.length !== channels) this.#sums = new Float64Array(channels);
    for (let first = 0, block = 0; first < values.length; first += inner, block++) {
      let sum = 0;
      for (let i = first; i < first + inner; i++) sum += values[i] ?? 0;
      const channel = block % channels;
      this.#sums[channel] = (this.#sums[channel] ?? 0) + sum;
    }
    this.#count += values.length / channels;
  }

  /** The mean of each channel; empty where nothing was added. */
  means(): Float64Array {
    return this.#sums.map((sum) => sum / this.#count);
  }
}

/** A weight that may be rounded the other way. */
interface Turn {
  readonly element: number;
  /** The change of its integer, and what that adds to the channel's error. */
  readonly step: number;
  readonly effect: number;
  /** What it adds to the squared error of the weight, in steps. */
  readonly cost: number;
}

/**
 * Rounds weights the other way where that keeps the means of output channels. `values` are the weights as numbers, `axis` counts output channels, `means` are
 * those of input channels. Every integer stays one of the two beside its number.
 */
export function keepMeans(
  { integers, scales }: QuantisedWeights,
  values: Float32Array,
  dims: readonly number[],
  axis: number,
  means: Float64Array,
): void {
  const channels = dims[axis] ?? 1;
  const inputs = (axis === 0 ? dims[1] : dims[0]) ?? 1;
  const spatial = dims.slice(2).reduce((product, size) => product * size, 1);
  const groups = means.length / inputs;
  if (!Number.isInteger(groups) || channels % groups !== 0) return;
  for (let channel = 0; channel < channels; channel++) {
    const group = Math.floor((channel * groups) / channels);
    const turns: Turn[] = [];
    let error = 0;
    for (let i = 0; i < inputs * spatial; i++) {
      const element = axis === 0 ? channel * inputs * spatial + i : i * channels + channel;
      const mean = means[group * inputs + Math.floor(i / spatial)] ?? 0;
      const integer = integers[element] ?? 0;
      const off = integer - (values[element] ?? 0) / (scales[channel] ?? 1);
      error += off * mean;
      const step = off > 0 ? -1 : 1;
      if (mean !== 0 && off !== 0 && Math.abs(integer + step) <= 127)
        turns.push({ element, step, effect: step * mean, cost: 1 - 2 * Math.abs(off) });
    }
    turns.sort((a, b) => a.cost / Math.abs(a.effect) - b.cost / Math.abs(b.effect));
    for (const { element, step, effect, cost } of turns) {
      if (error ** 2 - (error + effect) ** 2 <= cost * effect ** 2) continue;
      integers[element] = (integers[element] ?? 0) + step;
      error += effect;
    }
  }
}
