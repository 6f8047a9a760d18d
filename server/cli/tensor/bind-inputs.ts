// Matches arrays of an .npz file with a model's inputs: by name, or as input_0, input_1, … in graph order.

import type { NamedTensor } from '../../inference/request.ts';
import type { DType, TensorSpec } from '../../native/binding-types.ts';
import { arrayFor } from '../../npz/array-for.ts';
import { itemSize } from '../../npz/dtype.ts';
import type { NpyArray } from '../../npz/npy.ts';
import type { NpzArrays } from '../../npz/npz.ts';
import { formatShape } from '../../util/shape.ts';
import { CommandFailure } from '../failure.ts';

/** One tensor per input of the model; throws with the name of the input that is missing or does not fit. */
export function bindInputs(inputs: readonly TensorSpec[], arrays: NpzArrays, place: string): NamedTensor[] {
  return inputs.map((spec, index) => bindOne(spec, arrayFor(spec, index, arrays, place).array, place));
}

function bindOne(spec: TensorSpec, array: NpyArray, place: string): NamedTensor {
  const where = `${place}: input "${spec.name}"`;
  if (!sameBits(spec.dtype, array.dtype)) {
    throw new CommandFailure(`${where}: array is ${array.dtype}, the model wants ${spec.dtype}`);
  }
  if (!fits(spec.shape, array.shape)) {
    throw new CommandFailure(
      `${where}: array is ${formatShape(array.shape)}, the model wants ${formatShape(spec.shape)}`,
    );
  }
  return { name: spec.name, dtype: spec.dtype, shape: array.shape, bytes: array.bytes };
}

/** NumPy files hold bfloat16 as two opaque bytes or as uint16. */
function sameBits(wanted: DType, found: DType): boolean {
  return wanted === found || (wanted === 'BF16' && found === 'UINT16' && itemSize('BF16') === itemSize('UINT16'));
}

/** The protocol has one way to say that the number of axes is unknown, a lone -1; the server knows better and checks. */
function fits(wanted: readonly number[] | null, found: readonly number[]): boolean {
  return (
    wanted === null ||
    (wanted.length === 1 && wanted[0] === -1) ||
    (wanted.length === found.length && wanted.every((size, axis) => size < 0 || size === found[axis]))
  );
}
