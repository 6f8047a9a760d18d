// Structured sparsity 2:4: of every four weights in a row along the dimension that is summed over, the two smallest become zero. That is the pattern that
// tensor cores of compute capability 8.0 and later multiply at twice the rate (NVIDIA, "Accelerating Inference with Sparsity Using the NVIDIA Ampere
// Architecture and NVIDIA TensorRT"), and native/engines/tensorrt/sparsity.h looks for.

const group = 4;

/** The dimension of weights that is summed over: input channels of a convolution's group, the inner one of a product. `axis` counts output channels. */
const summedDim = (axis: number): number => (axis === 0 ? 1 : 0);

/** Why weights cannot have the pattern; undefined where they can. */
export function patternReason(dims: readonly number[], axis: number): string | undefined {
  const size = dims[summedDim(axis)] ?? 1;
  return size % group === 0 ? undefined : `it sums over ${size} of its input's channels, want a multiple of ${group}`;
}

/**
 * A copy of weights with two zeros at least in every four; of equal ones the later become zero. The summed dimension is a multiple of four,
 * and all values are finite.
 */
export function prunedWeights(values: Float32Array, dims: readonly number[], axis: number): Float32Array {
  const dim = summedDim(axis);
  const size = dims[dim] ?? 1;
  const inner = dims.slice(dim + 1).reduce((product, length) => product * length, 1);
  const pruned = values.slice();
  for (let row = 0; row < values.length; row += size * inner)
    for (let first = row; first < row + size * inner; first += group * inner)
      for (let place = first; place < first + inner; place++) pruneGroup(pruned, place, inner);
  return pruned;
}

/** Four weights, `step` apart. */
function pruneGroup(values: Float32Array, first: number, step: number): void {
  const places = Array.from({ length: group }, (_, index) => first + index * step);
  places.sort((a, b) => Math.abs(values[b] ?? 0) - Math.abs(values[a] ?? 0));
  for (const place of places.slice(group / 2)) values[place] = 0;
}
