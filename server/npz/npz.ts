// .npz files: a zip archive of .npy members, as NumPy's savez and savez_compressed write them.

import { readFile, stat } from 'node:fs/promises';
import { ServingError } from '../errors.ts';
import { writeWhole } from '../util/whole-file.ts';
import { formatNpy, type NpyArray, parseNpy } from './npy.ts';
import { readZip, writeZip } from './zip.ts';

const maxFile = 2 ** 31;

/** Arrays by name, in the order of the archive. */
export type NpzArrays = ReadonlyMap<string, NpyArray>;

/** Parses the bytes of an .npz file; errors start with `place`. */
export async function parseNpz(file: Uint8Array, place: string, limit: number = maxFile): Promise<NpzArrays> {
  const arrays = new Map<string, NpyArray>();
  for (const member of await readZip(file, place, limit)) {
    if (!member.name.endsWith('.npy'))
      throw new ServingError('INVALID_ARGUMENT', `${place}: member "${member.name}" is not an array (.npy)`);
    const name = member.name.slice(0, -'.npy'.length);
    if (arrays.has(name)) throw new ServingError('INVALID_ARGUMENT', `${place}: array "${name}" appears twice`);
    arrays.set(name, parseNpy(member.bytes, `${place}: array "${name}"`));
  }
  return arrays;
}

/** The bytes of an .npz file. */
export function formatNpz(arrays: NpzArrays, compress = false): Promise<Uint8Array> {
  return writeZip(
    [...arrays].map(([name, array]) => ({ name: `${name}.npy`, bytes: formatNpy(array) })),
    compress,
  );
}

/** Reads an .npz file. */
export async function readNpz(path: string): Promise<NpzArrays> {
  const { size } = await stat(path);
  if (size > maxFile)
    throw new ServingError('INVALID_ARGUMENT', `${path}: file has ${size} bytes, want at most ${maxFile}`);
  return parseNpz(await readFile(path), path);
}

/** Writes an .npz file; a reader never sees half of it. */
export async function writeNpz(path: string, arrays: NpzArrays): Promise<void> {
  await writeWhole(path, await formatNpz(arrays));
}
