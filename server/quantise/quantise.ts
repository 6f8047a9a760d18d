// A model file in, a quantised one out, with what that costs and gains.

import type { Progress } from './narrow.ts';
import { agreement, type QuantiseResult } from './result.ts';
import type { Runner } from './runner.ts';
import { type QuantiseAim, quantiseModel } from './search.ts';
import { changeFile, type FileOrder } from './whole-model.ts';

/** What is to be quantised, and how. */
export interface QuantiseOrder extends QuantiseAim, FileOrder {}

/** Quantises a model and writes it; the file is whole or not there. Throws ServingError with what is wrong with the model or the samples. */
export async function quantiseFile(order: QuantiseOrder, runner: Runner, progress: Progress): Promise<QuantiseResult> {
  const { file, samples, bytes, timed, found } = await changeFile(order, runner, 'quantised', progress, (given) =>
    quantiseModel(given, order, progress),
  );
  const { likeness, everywhere, quantised, kept } = found;
  return {
    file,
    method: order.method,
    samples,
    quantised,
    kept,
    ...agreement(likeness),
    everywhere: agreement(everywhere),
    bytes,
    ...timed,
  };
}
