// Which array of an .npz file is that of an input: by name, or as input_0, input_1, … in graph order.

import { ServingError } from '../errors.ts';
import type { TensorSpec } from '../native/binding-types.ts';
import type { NpyArray } from './npy.ts';
import type { NpzArrays } from './npz.ts';

/** The array for the input at a place among a model's inputs, and by which name it is in the file; throws where there is none. */
export function arrayFor(
  spec: TensorSpec,
  index: number,
  arrays: NpzArrays,
  place: string,
): { readonly name: string; readonly array: NpyArray } {
  const name = arrays.has(spec.name) ? spec.name : `input_${index}`;
  const array = arrays.get(name);
  if (array !== undefined) return { name, array };
  const names = [...arrays.keys()].join(', ') || 'no arrays';
  throw new ServingError(
    'INVALID_ARGUMENT',
    `${place}: no array for input "${spec.name}" (by name or as input_${index}), the file has ${names}`,
  );
}
