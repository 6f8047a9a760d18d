// Calibration data: arrays by the names of inputs (or input_0, input_1, … in graph order) with any number of samples along dimension 0; of a folder, those
// of all its .npz files, by name.

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ServingError } from '../errors.ts';
import type { TensorSpec } from '../native/binding-types.ts';
import { arrayFor } from '../npz/array-for.ts';
import type { NpyArray } from '../npz/npy.ts';
import { type NpzArrays, readNpz } from '../npz/npz.ts';
import { elementTypes } from '../util/element-types.ts';
import { formatShape } from '../util/shape.ts';

/** One request: bytes and shape of each input in graph order. */
export interface Sample {
  readonly inputs: readonly Uint8Array[];
  readonly shapes: readonly (readonly number[])[];
}

/** Reads at most `most` samples; throws with the array and element where one does not fit. */
export async function readSamples(data: string, inputs: readonly TensorSpec[], most: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const file of await filesOf(data)) {
    const arrays = await readNpz(file);
    samples.push(...samplesOf(arrays, inputs, file));
    if (samples.length >= most) break;
  }
  if (samples.length === 0) throw new ServingError('INVALID_ARGUMENT', `${data}: no samples in it`);
  return samples.slice(0, most);
}

/** The .npz files of calibration data, by name; throws where there are none. */
export async function filesOf(data: string): Promise<string[]> {
  let folder: boolean;
  try {
    folder = (await stat(data)).isDirectory();
  } catch {
    throw new ServingError('INVALID_ARGUMENT', `${data}: not found, want an .npz file or a folder of them`);
  }
  if (!folder) return [data];
  const names = (await readdir(data)).filter((name) => name.endsWith('.npz')).sort();
  if (names.length === 0) throw new ServingError('INVALID_ARGUMENT', `${data}: no .npz files in this folder`);
  return names.map((name) => path.join(data, name));
}

function samplesOf(arrays: NpzArrays, inputs: readonly TensorSpec[], place: string): Sample[] {
  const parts = inputs.map((spec, index) => {
    const { name, array } = arrayFor(spec, index, arrays, place);
    return cut(spec, array, `${place}: array "${name}"`);
  });
  const count = parts[0]?.length ?? 0;
  for (const [index, part] of parts.entries()) {
    if (part.length !== count)
      throw new ServingError(
        'INVALID_ARGUMENT',
        `${place}: ${part.length} samples of input "${inputs[index]?.name}", ${count} of "${inputs[0]?.name}"`,
      );
  }
  return Array.from({ length: count }, (_, i) => ({
    inputs: parts.map((part) => part[i]?.bytes ?? new Uint8Array()),
    shapes: parts.map((part) => part[i]?.shape ?? []),
  }));
}

/** The samples of one array: pieces of as many rows as the model takes at a time, one where that is open. */
function cut(spec: TensorSpec, array: NpyArray, where: string): NpyArray[] {
  if (array.dtype !== spec.dtype)
    throw new ServingError(
      'INVALID_ARGUMENT',
      `${where}: elements are ${array.dtype}, input "${spec.name}" wants ${spec.dtype}`,
    );
  const wanted = spec.shape ?? array.shape;
  const fits =
    wanted.length === array.shape.length &&
    wanted.every((size, axis) => axis === 0 || size < 0 || size === array.shape[axis]);
  if (!fits)
    throw new ServingError(
      'INVALID_ARGUMENT',
      `${where}: shape is ${formatShape(array.shape)}, input "${spec.name}" wants ${formatShape(wanted)} with any number of samples along dimension 0`,
    );
  checkNumbers(array, where);
  if (array.shape.length === 0) return [array];
  const [total = 0, ...rest] = array.shape;
  const rows = (wanted[0] ?? 1) > 0 && spec.shape !== null ? (wanted[0] ?? 1) : 1;
  if (total === 0) throw new ServingError('INVALID_ARGUMENT', `${where}: is empty`);
  if (total % rows !== 0)
    throw new ServingError(
      'INVALID_ARGUMENT',
      `${where}: ${total} rows, want a multiple of the ${rows} of input "${spec.name}"`,
    );
  const bytes = array.bytes.length / (total / rows);
  return Array.from({ length: total / rows }, (_, i) => ({
    dtype: array.dtype,
    shape: [rows, ...rest],
    bytes: array.bytes.subarray(i * bytes, (i + 1) * bytes),
  }));
}

function checkNumbers({ dtype, shape, bytes }: NpyArray, where: string): void {
  const { kind, read, bytes: size } = elementTypes[dtype];
  if (kind !== 'real') return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < bytes.length; i += size) {
    const value = Number(read(view, i));
    if (!Number.isFinite(value))
      throw new ServingError('INVALID_ARGUMENT', `${where}: element [${indexOf(i / size, shape)}] is ${value}`);
  }
}

/** Position of an element along each dimension. */
export function indexOf(element: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = element;
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}
