// Random inputs from a model's signature, different for every request without the price of generating them anew:
// each input has one random pool somewhat larger than the tensor, and every request is a window of it at another offset.
//
//   pool    |r0 r1 r2 r3 … …………………………………………………… rN+65536|
//   request k     |<—— elements of the tensor ——>|          begins at (k · stride) mod 65537, distinct for 65537 requests

import type { NamedTensor } from '../../inference/request.ts';
import type { DType, TensorSpec } from '../../native/binding-types.ts';
import { elementCount, itemSize } from '../../npz/dtype.ts';
import { elementTypes } from '../../util/element-types.ts';
import { CommandFailure } from '../failure.ts';
import { Random } from './random.ts';

/** How values and unknown sizes are chosen. */
export interface InputChoice {
  readonly seed: number;
  /** Smallest and largest value of integer inputs; token ids and indices must stay inside the model's tables. */
  readonly integers: readonly [number, number];
  /** Shapes by input name, for inputs with unknown sizes; others get 1 for every unknown size. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

const offsets = 65537;
const stride = 40503;
const maxBytes = 2 ** 31;

interface Pool {
  readonly spec: TensorSpec;
  readonly shape: readonly number[];
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Makes the inputs of successive requests. */
export class RandomInputs {
  readonly #pools: readonly Pool[];
  #request = 0;

  constructor(inputs: readonly TensorSpec[], choice: InputChoice) {
    const random = new Random(choice.seed);
    for (const name of choice.shapes.keys()) {
      if (!inputs.some((spec) => spec.name === name)) {
        throw new CommandFailure(
          `shape of "${name}": the model has no such input, it has ${inputs.map((spec) => spec.name).join(', ')}`,
        );
      }
    }
    this.#pools = inputs.map((spec) =>
      makePool(spec, concreteShape(spec, choice.shapes.get(spec.name)), choice, random),
    );
  }

  /** The shapes requests have, by input name. */
  get shapes(): ReadonlyMap<string, readonly number[]> {
    return new Map(this.#pools.map(({ spec, shape }) => [spec.name, shape]));
  }

  /** Tensors for the next request. */
  next(): NamedTensor[] {
    const offset = (this.#request++ * stride) % offsets;
    return this.#pools.map(({ spec, shape, count, bytes }) => {
      const size = itemSize(spec.dtype);
      return {
        name: spec.name,
        dtype: spec.dtype,
        shape,
        bytes: bytes.subarray(offset * size, (offset + count) * size),
      };
    });
  }
}

/** The shape to send: the chosen one checked against the signature, or the signature's with 1 for unknown sizes. */
export function concreteShape(spec: TensorSpec, chosen: readonly number[] | undefined): readonly number[] {
  const known = spec.shape ?? [];
  if (chosen === undefined) return known.map((size) => (size < 0 ? 1 : size));
  const fits =
    spec.shape === null ||
    (chosen.length === known.length && known.every((size, axis) => size < 0 || size === chosen[axis]));
  if (!fits) throw new CommandFailure(`input "${spec.name}": shape [${chosen}] does not fit [${known}]`);
  return chosen;
}

function makePool(spec: TensorSpec, shape: readonly number[], choice: InputChoice, random: Random): Pool {
  const count = elementCount(shape);
  const size = itemSize(spec.dtype);
  if (count === undefined || (count + offsets) * size > maxBytes) {
    throw new CommandFailure(`input "${spec.name}": shape [${shape}] is too large`);
  }
  const bytes = new Uint8Array((count + offsets) * size);
  const write = elementWriter(spec.dtype, new DataView(bytes.buffer), random, choice.integers);
  for (let at = 0; at < bytes.length; at += size) write(at);
  return { spec, shape, count, bytes };
}

type ElementWriter = (at: number) => void;

/** Writes one random element at a byte position: standard normal floats, integers of the range, fair booleans. */
function elementWriter(
  dtype: DType,
  view: DataView,
  random: Random,
  [low, high]: readonly [number, number],
): ElementWriter {
  const integer = () => random.integer(low, high);
  // Random sign and mantissa under a fixed exponent: magnitudes in [0.5, 1).
  if (dtype === 'FP16') return (at) => view.setUint16(at, 0x3800 | (random.bits() & 0x83ff), true);
  if (dtype === 'BF16') return (at) => view.setUint16(at, 0x3f00 | (random.bits() & 0x807f), true);
  const { kind, write } = elementTypes[dtype];
  if (kind === 'truth') return (at) => write(view, at, random.bits() & 1);
  return kind === 'real' ? (at) => write(view, at, random.normal()) : (at) => write(view, at, integer());
}
