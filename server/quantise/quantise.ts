// A model file in, a quantised one out, with what that costs and gains.

import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ServingError } from '../errors.ts';
import { reasonOf } from '../model/fs-reason.ts';
import { Workshop } from './files.ts';
import { type ModelFile, parseModel } from './mindir.ts';
import { agreement, type QuantiseResult } from './result.ts';
import type { Runner } from './runner.ts';
import { readSamples } from './samples.ts';
import { type Aim, type Progress, quantiseModel } from './search.ts';
import { timeModels } from './timing.ts';

/** What is to be quantised, and how. */
export interface QuantiseOrder extends Aim {
  readonly model: string;
  /** .npz file of samples, or a folder of them. */
  readonly data: string;
  readonly output: string;
  /** Most samples to use. */
  readonly samples: number;
}

const maxFile = 2 ** 31 - 1;

/** Quantises a model and writes it; the file is whole or not there. Throws ServingError with what is wrong with the model or the samples. */
export async function quantiseFile(order: QuantiseOrder, runner: Runner, progress: Progress): Promise<QuantiseResult> {
  const bytes = await readModel(order.model);
  progress('loading', 0);
  const original = await runner.load(path.resolve(order.model), 'model');
  try {
    const model = parseModel(bytes, order.model);
    refuseOutside(model, order.model);
    const samples = await readSamples(order.data, original.inputs, order.samples);
    const workshop = await Workshop.beside(order.output);
    try {
      const found = await quantiseModel(
        model,
        original,
        samples,
        order,
        async (pieces, label) => runner.load(path.resolve(await workshop.write(pieces)), label),
        progress,
      );
      const quantised = await runner.load(path.resolve(await workshop.write(found.pieces)), 'quantised');
      progress('timing', 0);
      const timed = await timeModels(original, quantised, samples).finally(() => quantised.close());
      await workshop.finish();
      const size = found.pieces.reduce((sum, piece) => sum + piece.length, 0);
      const { likeness, everywhere, quantised: nodes, kept } = found;
      return {
        file: order.output,
        method: order.method,
        samples: samples.length,
        quantised: nodes,
        kept,
        ...agreement(likeness),
        everywhere: agreement(everywhere),
        bytes: { before: bytes.length, after: size },
        ...timed,
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
