// A model file in, one with structured zeros among its weights out, with what that costs.

import type { Candidate } from '../quantise/candidates.ts';
import {
  type Aim,
  type Chosen,
  type Kept,
  narrow,
  nothingLeft,
  offered,
  outputsOf,
  type Progress,
} from '../quantise/narrow.ts';
import { type Agreement, agreement } from '../quantise/result.ts';
import { withWeights } from '../quantise/rewrite.ts';
import type { Runner } from '../quantise/runner.ts';
import type { Timed } from '../quantise/timing.ts';
import { floatsOf } from '../quantise/weights.ts';
import { changeFile, type FileOrder, type Given } from '../quantise/whole-model.ts';
import { patternReason, prunedWeights } from './pairs.ts';

/** What is to be pruned, and how. */
export interface PruneOrder extends Aim, FileOrder {}

/** What a pruning tells. */
export interface PruneResult extends Timed, Agreement {
  readonly file: string;
  readonly samples: number;
  /** Nodes whose weights are sparse. */
  readonly pruned: readonly string[];
  readonly kept: readonly Kept[];
  /** What the model was like with everything pruned that was not named to stay. */
  readonly everywhere: Agreement;
  /** Zeros among the weights of all convolutions and dense layers that are not named to stay. */
  readonly zeros: { readonly before: number; readonly after: number; readonly of: number };
  readonly bytes: { readonly before: number; readonly after: number };
}

const done = 'pruned';

/** Prunes a model and writes it; the file is whole or not there. Throws ServingError with what is wrong with the model or the samples. */
export async function pruneFile(order: PruneOrder, runner: Runner, progress: Progress): Promise<PruneResult> {
  const { file, samples, bytes, timed, found } = await changeFile(order, runner, done, progress, (given) =>
    pruneModel(given, order, progress),
  );
  const { likeness, everywhere, candidates, kept, zeros } = found;
  return {
    file,
    samples,
    pruned: candidates.map(({ node }) => node.origin),
    kept,
    ...agreement(likeness),
    everywhere: agreement(everywhere),
    zeros,
    bytes,
    ...timed,
  };
}

async function pruneModel(
  { model, original, samples, open }: Given,
  aim: Aim,
  progress: Progress,
): Promise<Chosen & { readonly kept: readonly Kept[]; readonly zeros: PruneResult['zeros'] }> {
  const { offered: candidates, kept } = offered(model, aim, done);
  const fitting = candidates.filter(({ node, weights }) => {
    const reason = patternReason(weights.tensor.dims, weights.axis);
    if (reason !== undefined) kept.push({ node: node.origin, reason });
    return reason === undefined;
  });
  if (fitting.length === 0) throw nothingLeft(undefined, kept, done);
  const weights = new Map(fitting.map((candidate) => [candidate.weights.tensor.name, prunedOf(candidate)]));
  const write = (chosen: readonly Candidate[]): Uint8Array[] => {
    const names = new Set(chosen.map(({ weights: { tensor } }) => tensor.name));
    return withWeights(model, new Map([...weights].filter(([name]) => names.has(name))));
  };
  const wanted = await outputsOf(original, samples);
  const chosen = await narrow({ write, samples, wanted, open, done }, fitting, aim, kept, progress);
  return { ...chosen, kept, zeros: zerosOf(candidates, chosen.candidates, weights) };
}

const prunedOf = ({ weights: { tensor, axis } }: Candidate): Float32Array =>
  prunedWeights(floatsOf(tensor.data ?? new Uint8Array()), tensor.dims, axis);

function zerosOf(
  candidates: readonly Candidate[],
  chosen: readonly Candidate[],
  pruned: ReadonlyMap<string, Float32Array>,
): PruneResult['zeros'] {
  const count = (values: Float32Array): number => values.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
  const changed = new Set(chosen.map(({ weights }) => weights.tensor.name));
  let [before, after, of] = [0, 0, 0];
  for (const [name, { data }] of new Map(candidates.map(({ weights: { tensor } }) => [tensor.name, tensor]))) {
    const values = floatsOf(data ?? new Uint8Array());
    of += values.length;
    before += count(values);
    after += count((changed.has(name) ? pruned.get(name) : undefined) ?? values);
  }
  return { before, after, of };
}
