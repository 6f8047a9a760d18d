// Weights as 8-bit integers with a scale per output channel: q = round(w / scale) within [-127, 127], scale = the channel's largest magnitude / 127.

/** Integers in the order of the weights, and one scale per channel. */
export interface QuantisedWeights {
  readonly integers: Int8Array;
  readonly scales: Float32Array;
}

/** Weights and dims as in the file; `axis` counts the channels. A channel of zeros has the scale 1. All values are finite. */
export function quantiseWeights(values: Float32Array, dims: readonly number[], axis: number): QuantisedWeights {
  const channels = dims[axis] ?? 1;
  const inner = dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const scales = new Float32Array(channels);
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0);
    const channel = Math.floor(i / inner) % channels;
    if (size > (scales[channel] ?? 0)) scales[channel] = size;
  }
  for (let c = 0; c < channels; c++) {
    const scale = Math.fround((scales[c] ?? 0) / 127);
    scales[c] = scale > 0 ? scale : 1;
  }
  const integers = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const steps = (values[i] ?? 0) / (scales[Math.floor(i / inner) % channels] ?? 1);
    integers[i] = Math.max(-127, Math.min(127, Math.round(steps)));
  }
  return { integers, scales };
}

/** A copy of little-endian bytes as numbers, whatever their address. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return new Float32Array(copy.buffer);
}

/** Numbers as bytes, without a copy. */
export const bytesOf = (values: Float32Array | Int8Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
