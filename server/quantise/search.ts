// The way from a model and samples to a quantised model that keeps its answers: measure the ranges, quantise everything, and where too much is lost, take
// the nodes that cost most out of it again.

import { ServingError } from '../errors.ts';
import type { Candidate } from './candidates.ts';
import type { Likeness, Outputs } from './compare.ts';
import { ChannelMeans } from './means.ts';
import { type Aim, type Kept, narrow, offered, outputsOf, type Progress } from './narrow.ts';
import { Magnitudes, type RangeMethod } from './ranges.ts';
import { activationsOf, quantised, withOutputs } from './rewrite.ts';
import { floatsOf } from './weights.ts';
import type { Given } from './whole-model.ts';

/** What is asked of a quantisation. */
export interface QuantiseAim extends Aim {
  readonly method: RangeMethod;
  /** Of the method percentile. */
  readonly percent: number;
}

export interface Quantised {
  readonly pieces: readonly Uint8Array[];
  readonly likeness: Likeness;
  /** Of the model with everything in 8 bits that is not named to stay. */
  readonly everywhere: Likeness;
  readonly quantised: readonly string[];
  readonly kept: readonly Kept[];
}

/** Finds the model. */
export async function quantiseModel(given: Given, aim: QuantiseAim, progress: Progress): Promise<Quantised> {
  const { model, samples, open } = given;
  const { offered: candidates, kept } = offered(model, aim, 'quantised');
  const measured = await measure(given, candidates, progress);
  const limits = new Map(
    [...measured.ranges].map(([value, magnitudes]) => [value, magnitudes.limit(aim.method, aim.percent)]),
  );
  const alive = candidates.filter(({ activation, node }) => {
    if ((limits.get(activation) ?? 0) > 0) return true;
    kept.push({ node: node.origin, reason: 'what it reads is zero in all samples' });
    return false;
  });
  const means = new Map([...measured.means].map(([name, found]) => [name, found.means()]));
  const write = (chosen: readonly Candidate[]): Uint8Array[] => quantised(model, chosen, { limits, means });
  const trial = { write, samples, wanted: measured.outputs, open, done: 'quantised' };
  const { candidates: chosen, ...found } = await narrow(trial, alive, aim, kept, progress);
  return { ...found, quantised: chosen.map(({ node }) => node.origin), kept };
}

/**
 * Runs all samples through the model with what the candidates read among its outputs: its own outputs, the sizes of the activations, and the means of what
 * weights are multiplied by.
 */
async function measure(
  { model, original, samples, open }: Given,
  candidates: readonly Candidate[],
  progress: Progress,
): Promise<{ outputs: Outputs; ranges: Map<string, Magnitudes>; means: Map<string, ChannelMeans> }> {
  const count = original.outputs.length;
  const activations = activationsOf(model, candidates);
  const ranges = new Map(activations.map((value) => [value, new Magnitudes()]));
  const means = new Map(
    candidates.map(({ node, weights }) => [weights.tensor.name, new ChannelMeans(node.op === 'Conv2D')]),
  );
  const inputs = new Map(original.inputs.map(({ name }, index) => [name, index]));
  const running = await open(withOutputs(model, activations), 'measured');
  try {
    const outputs = await outputsOf(running, samples, count, (ran, index) => {
      progress('calibrating', (index + 1) / samples.length);
      for (const [position, value] of activations.entries()) {
        const input = inputs.get(value) ?? -1;
        const values = floatsOf(ran.outputs[count + position] ?? samples[index]?.inputs[input] ?? new Uint8Array());
        const shape = ran.shapes[count + position] ?? samples[index]?.shapes[input] ?? [];
        const wrong = ranges.get(value)?.add(values) ?? -1;
        if (wrong >= 0)
          throw new ServingError(
            'INVALID_ARGUMENT',
            `sample ${index}: element ${wrong} of "${value}" in the model is not finite`,
          );
        for (const { activation, weights } of candidates)
          if (activation === value) means.get(weights.tensor.name)?.add(values, shape);
      }
    });
    return { outputs, ranges, means };
  } finally {
    await running.close();
  }
}
