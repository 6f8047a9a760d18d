// A model file in, a changed one out: the frame around quantising and pruning, with what the change costs and gains.

import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ServingError } from '../errors.ts';
import { reasonOf } from '../model/fs-reason.ts';
import { Workshop } from './files.ts';
import { type ModelFile, parseModel } from './mindir.ts';
import type { Chosen, Open, Progress } from './narrow.ts';
import type { Runner, Running } from './runner.ts';
import { readSamples, type Sample } from './samples.ts';
import { type Timed, timeModels } from './timing.ts';

/** Which file becomes which, and by what samples. */
export interface FileOrder {
  readonly model: string;
  /** .npz file of samples, or a folder of them. */
  readonly data: string;
  readonly output: string;
  /** Most samples to use. */
  readonly samples: number;
}

/** What a change is made from. */
export interface Given {
  readonly model: ModelFile;
  /** Runs the model as it is. */
  readonly original: Running;
  readonly samples: readonly Sample[];
  readonly open: Open;
}

/** What of every change is told alike. */
export interface Written {
  readonly file: string;
  readonly samples: number;
  readonly bytes: { readonly before: number; readonly after: number };
  readonly timed: Timed;
}

const maxFile = 2 ** 31 - 1;

/**
 * Writes the model that `find` finds, under the order's name; the file is whole or not there. `done` is what is done to models, as labels call it. Throws
 * ServingError with what is wrong with the model or the samples.
 */
export async function changeFile<Found extends Pick<Chosen, 'pieces'>>(
  order: FileOrder,
  runner: Runner,
  done: string,
  progress: Progress,
  find: (given: Given) => Promise<Found>,
): Promise<Written & { readonly found: Found }> {
  const bytes = await readModel(order.model);
  progress('loading', 0);
  const original = await runner.load(path.resolve(order.model), 'model');
  try {
    const model = parseModel(bytes, order.model);
    refuseOutside(model, order.model);
    const samples = await readSamples(order.data, original.inputs, order.samples);
    const workshop = await Workshop.beside(order.output);
    const open: Open = async (pieces, label) => runner.load(path.resolve(await workshop.write(pieces)), label);
    try {
      const found = await find({ model, original, samples, open });
      const changed = await open(found.pieces, done);
      progress('timing', 0);
      const timed = await timeModels(original, changed, samples).finally(() => changed.close());
      await workshop.finish();
      const size = found.pieces.reduce((sum, piece) => sum + piece.length, 0);
      return {
        file: order.output,
        samples: samples.length,
        bytes: { before: bytes.length, after: size },
        timed,
        found,
      };
    } finally {
      await workshop.close();
    }
  } finally {
    await original.close();
  }
}

/** The result lies in another folder than the model, where values in other files would not be found. */
function refuseOutside({ parameters }: ModelFile, place: string): void {
  const outside = [...parameters.values()].find(({ external }) => external);
  if (outside === undefined) return;
  throw new ServingError(
    'UNSUPPORTED',
    `${place}: the values of "${outside.name}" lie in another file, want all in the model's own`,
  );
}

async function readModel(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > maxFile) throw new ServingError('TOO_LARGE', `${file}: file has ${size} bytes, want at most ${maxFile}`);
    return await readFile(file);
  } catch (caught) {
    if (caught instanceof ServingError) throw caught;
    throw new ServingError('INVALID_ARGUMENT', `${file}: cannot be read: ${reasonOf(caught)}`);
  }
}
