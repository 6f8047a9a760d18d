// The methods of a servable, and how the tensors of an instance lie in those of its model.
//
// An instance is a sample: its tensors have no batch dimension. What the model's first dimension is decides how samples become a run:
//
//   open (rows proven independent)   each sample is a request of one row; the model's queue puts them together
//   fixed, N, in every input         N samples are one run, the last one repeated where there are fewer
//   anything else                    a sample has the model's own shapes

import { ServingError } from '../../errors.ts';
import type { ServedMethod, ServedModel } from '../../model/served.ts';
import { quote } from '../../util/text.ts';

/** The method that every servable has: arguments and results are the model's inputs and outputs by their names. */
export const plainMethod = 'predict';

/** Finds a method; throws NOT_FOUND. */
export function methodNamed(model: ServedModel, name: string): ServedMethod {
  const found = model.methods.find((method) => method.name === name);
  if (found?.refused !== undefined)
    throw new ServingError('UNSUPPORTED', `method ${quote(name)} is not available: ${found.refused}`);
  if (found !== undefined) return found;
  if (name === plainMethod && model.isModelless !== true) {
    const { inputs, outputs } = model.signature;
    return { name, inputs: inputs.map((input) => input.name), outputs: outputs.map((output) => output.name) };
  }
  const known = [
    ...model.methods.filter(({ refused }) => refused === undefined).map((method) => method.name),
    ...(model.isModelless === true ? [] : [plainMethod]),
  ]
    .map(quote)
    .join(', ');
  throw new ServingError('NOT_FOUND', `method ${quote(name)} is not available, ${model.name} has ${known}`);
}

/** How many samples make a run: 0 where the queue batches, N where the file says so, 1 for models without a batch dimension. */
export function samplesOfRun({ signature, batchDim }: ServedModel): number {
  const { inputs, outputs, batched } = signature;
  if (!batchDim) return 1;
  if (batched) return 0;
  const first = inputs[0]?.shape?.[0];
  if (first === undefined || first < 1) return 1;
  const all = [...inputs, ...outputs].every(({ shape }) => shape !== null && shape[0] === first);
  return all ? first : 1;
}
