// The way from a model and samples to a quantised model that keeps its answers: measure the ranges, quantise everything, and where too much is lost, take
// the nodes that cost most out of it again.

import { ServingError } from '../errors.ts';
import { type Candidate, findCandidates } from './candidates.ts';
import { type Likeness, likeness, numbersOf, type Outputs } from './compare.ts';
import { ChannelMeans } from './means.ts';
import type { ModelFile } from './mindir.ts';
import { Magnitudes, type RangeMethod } from './ranges.ts';
import { activationsOf, type Measured, quantised, withOutputs } from './rewrite.ts';
import type { Ran, Running } from './runner.ts';
import type { Sample } from './samples.ts';
import { floatsOf } from './weights.ts';

/** What is asked for. */
export interface Aim {
  readonly method: RangeMethod;
  /** Of the method percentile. */
  readonly percent: number;
  /** Nodes and operators that stay in f32, `*` standing for any characters. */
  readonly keepFp32: readonly string[];
  /** What messages call them. */
  readonly keepSetting: string;
  /** Least mean cosine similarity and share of equal predictions. */
  readonly cosine: number;
  readonly top1: number;
}

/** Puts a model's bytes where they can be loaded, and loads them. */
export type Open = (pieces: readonly Uint8Array[], label: string) => Promise<Running>;
/** Told what happens, and how much of it is done. */
export type Progress = (step: string, share: number) => void;

export interface Quantised {
  readonly pieces: readonly Uint8Array[];
  readonly likeness: Likeness;
  /** Of the model with everything in 8 bits that is not named to stay. */
  readonly everywhere: Likeness;
  readonly quantised: readonly string[];
  /** Nodes that could be quantised and are not, with the reason. */
  readonly kept: readonly { readonly node: string; readonly reason: string }[];
}

/** Samples that tell the sensitivity of a node: each is run once for every node. */
const fewSamples = 4;

/** Finds the model; `original` runs the model as it is. */
export async function quantiseModel(
  model: ModelFile,
  original: Running,
  samples: readonly Sample[],
  aim: Aim,
  open: Open,
  progress: Progress,
): Promise<Quantised> {
  const { candidates, others } = findCandidates(model);
  const isKept = ({ node }: Candidate): boolean => aim.keepFp32.some((entry) => matches(entry, node.origin, node.op));
  const named = candidates.filter(isKept);
  const offered = candidates.filter((candidate) => !isKept(candidate));
  for (const entry of aim.keepFp32)
    if (!candidates.some(({ node }) => matches(entry, node.origin, node.op)))
      throw new ServingError(
        'INVALID_ARGUMENT',
        `${aim.keepSetting} ${entry}: names no convolution or dense layer of the model`,
      );
  if (offered.length === 0)
    throw new ServingError('INVALID_ARGUMENT', nothingReason(candidates.length, others, aim.keepSetting));
  const measured = await measure(model, original, samples, offered, open, progress);
  const limits = new Map(
    [...measured.ranges].map(([value, magnitudes]) => [value, magnitudes.limit(aim.method, aim.percent)]),
  );
  const kept = [...others, ...named.map(({ node }) => ({ node: node.origin, reason: `named by ${aim.keepSetting}` }))];
  const alive = offered.filter(({ activation, node }) => {
    if ((limits.get(activation) ?? 0) > 0) return true;
    kept.push({ node: node.origin, reason: 'what it reads is zero in all samples' });
    return false;
  });
  const means = new Map([...measured.means].map(([name, found]) => [name, found.means()]));
  const tried: Trial = { model, measured: { limits, means }, samples, wanted: measured.outputs, open };
  const chosen = await narrow(tried, groupsOf(alive), aim, kept, progress);
  return { ...chosen, quantised: chosen.groups.flat().map(({ node }) => node.origin), kept };
}

interface Trial {
  readonly model: ModelFile;
  readonly measured: Measured;
  readonly samples: readonly Sample[];
  readonly wanted: Outputs;
  readonly open: Open;
}

interface Chosen {
  readonly pieces: readonly Uint8Array[];
  readonly likeness: Likeness;
  readonly everywhere: Likeness;
  readonly groups: readonly (readonly Candidate[])[];
}

/** Candidates that share weights are quantised together or not at all. */
function groupsOf(candidates: readonly Candidate[]): Candidate[][] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const name = candidate.weights.tensor.name;
    groups.set(name, [...(groups.get(name) ?? []), candidate]);
  }
  return [...groups.values()];
}

const reaches = ({ cosine, agreeing, rows }: Likeness, aim: Aim): boolean =>
  cosine >= aim.cosine && (agreeing === undefined || agreeing >= aim.top1 * rows);

/** Everything in 8 bits, or what is left when the most sensitive groups, a sixteenth of all at a time, stay in f32 until the aim is reached. */
async function narrow(
  trial: Trial,
  groups: readonly Candidate[][],
  aim: Aim,
  kept: { node: string; reason: string }[],
  progress: Progress,
): Promise<Chosen> {
  progress('comparing', 0);
  let left = groups;
  let found = await attempt(trial, left, trial.samples);
  const everywhere = found.likeness;
  if (reaches(everywhere, aim)) return { ...found, everywhere, groups: left };
  const order: { group: Candidate[]; cosine: number }[] = [];
  for (const [index, group] of groups.entries()) {
    progress(`sensitivity of ${group[0]?.node.origin ?? ''}`, index / groups.length);
    const alone = await attempt(trial, [group], trial.samples.slice(0, fewSamples));
    order.push({ group, cosine: alone.likeness.cosine });
  }
  order.sort((a, b) => a.cosine - b.cosine);
  const step = Math.max(1, Math.ceil(groups.length / 16));
  for (let first = 0; first < order.length; first += step) {
    const worst = order.slice(first, first + step);
    for (const { group, cosine } of worst)
      for (const { node } of group)
        kept.push({ node: node.origin, reason: `alone it leaves a cosine similarity of ${cosine.toFixed(6)}` });
    const out = new Set(worst.map(({ group }) => group));
    left = left.filter((group) => !out.has(group));
    if (left.length === 0) break;
    progress('comparing', first / order.length);
    found = await attempt(trial, left, trial.samples);
    if (reaches(found.likeness, aim)) return { ...found, everywhere, groups: left };
  }
  throw new ServingError(
    'INVALID_ARGUMENT',
    `nothing can be quantised within a cosine similarity of ${aim.cosine} and ${aim.top1 * 100} % of equal predictions`,
  );
}

async function attempt(
  { model, measured, wanted, open }: Trial,
  groups: readonly (readonly Candidate[])[],
  samples: readonly Sample[],
): Promise<{ pieces: Uint8Array[]; likeness: Likeness }> {
  const pieces = quantised(model, groups.flat(), measured);
  const running = await open(pieces, 'quantised');
  try {
    const outputs = await outputsOf(running, samples);
    const part = {
      values: wanted.values.slice(0, samples.length),
      shapes: wanted.shapes.slice(0, samples.length),
    };
    return { pieces, likeness: likeness(part, outputs) };
  } finally {
    await running.close();
  }
}

/** The first `count` outputs for all samples; `each` sees the whole of every run. */
async function outputsOf(
  running: Running,
  samples: readonly Sample[],
  count = running.outputs.length,
  each: (ran: Ran, index: number) => void = () => undefined,
): Promise<Outputs> {
  const isFloat = running.outputs.map(({ dtype }) => dtype === 'FP32');
  const values: Float32Array[][] = [];
  const shapes: (readonly (readonly number[])[])[] = [];
  for (const [index, sample] of samples.entries()) {
    const ran = await running.run(sample);
    values.push(numbersOf(ran.outputs.slice(0, count), isFloat));
    shapes.push(ran.shapes.slice(0, count));
    each(ran, index);
  }
  return { values, shapes };
}

/**
 * Runs all samples through the model with what the candidates read among its outputs: its own outputs, the sizes of the activations, and the means of what
 * weights are multiplied by.
 */
async function measure(
  model: ModelFile,
  original: Running,
  samples: readonly Sample[],
  candidates: readonly Candidate[],
  open: Open,
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

function nothingReason(candidates: number, others: Quantised['kept'], keepSetting: string): string {
  if (candidates > 0) return `${keepSetting} names all convolutions and dense layers of the model`;
  const reasons = others.slice(0, 5).map(({ node, reason }) => `"${node}": ${reason}`);
  return ['the model has no convolution or dense layer that can be quantised', ...reasons].join('; ');
}

/** Whether an entry, in which `*` stands for any characters, is a node or an operator. */
export function matches(entry: string, origin: string, op: string): boolean {
  const pattern = entry.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return entry === op || new RegExp(`^${pattern.join('.*')}$`, 'su').test(origin);
}
