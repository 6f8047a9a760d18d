// From everything that may be changed to what is changed: all of it, and where too much is lost, the nodes that cost most are taken out again.

import { ServingError } from '../errors.ts';
import { type Candidate, findCandidates } from './candidates.ts';
import { type Likeness, likeness, numbersOf, type Outputs } from './compare.ts';
import type { ModelFile } from './mindir.ts';
import type { Ran, Running } from './runner.ts';
import type { Sample } from './samples.ts';

/** What is asked for. */
export interface Aim {
  /** Nodes and operators that stay as they are, `*` standing for any characters. */
  readonly keep: readonly string[];
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

/** A node that could be changed and is not, with the reason. */
export interface Kept {
  readonly node: string;
  readonly reason: string;
}

/** How models are made and judged. */
export interface Trial {
  /** The model with these candidates changed. */
  readonly write: (candidates: readonly Candidate[]) => Uint8Array[];
  readonly samples: readonly Sample[];
  /** The outputs of the model as it is. */
  readonly wanted: Outputs;
  readonly open: Open;
  /** What is done to nodes, as messages and labels call it: "quantised". */
  readonly done: string;
}

export interface Chosen {
  readonly pieces: readonly Uint8Array[];
  readonly likeness: Likeness;
  /** Of the model in which all candidates are changed. */
  readonly everywhere: Likeness;
  readonly candidates: readonly Candidate[];
}

/** Samples that tell the sensitivity of a node: each is run once for every node. */
const fewSamples = 4;

/** The candidates that are not named to stay, and what stays; throws where a name fits nothing, and where nothing is left. */
export function offered(
  model: ModelFile,
  { keep, keepSetting }: Aim,
  done: string,
): { offered: Candidate[]; kept: Kept[] } {
  const { candidates, others } = findCandidates(model);
  for (const entry of keep)
    if (!candidates.some(({ node }) => matches(entry, node.origin, node.op)))
      throw new ServingError(
        'INVALID_ARGUMENT',
        `${keepSetting} ${entry}: names no convolution or dense layer of the model`,
      );
  const isKept = ({ node }: Candidate): boolean => keep.some((entry) => matches(entry, node.origin, node.op));
  const left = candidates.filter((candidate) => !isKept(candidate));
  if (left.length === 0) throw nothingLeft(candidates.length > 0 ? keepSetting : undefined, others, done);
  const named = candidates.filter(isKept).map(({ node }) => ({ node: node.origin, reason: `named by ${keepSetting}` }));
  return { offered: left, kept: [...others, ...named] };
}

/** That nothing can be done: everything is named by a setting, or nothing fits, for these reasons. */
export function nothingLeft(setting: string | undefined, others: readonly Kept[], done: string): ServingError {
  const reasons = others.slice(0, 5).map(({ node, reason }) => `"${node}": ${reason}`);
  return new ServingError(
    'INVALID_ARGUMENT',
    setting === undefined
      ? [`the model has no convolution or dense layer that can be ${done}`, ...reasons].join('; ')
      : `${setting} names all convolutions and dense layers of the model`,
  );
}

/** Candidates that share weights are changed together or not at all. */
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

/** All candidates, or what is left when the most sensitive groups, a sixteenth of all at a time, stay as they are until the aim is reached. */
export async function narrow(
  trial: Trial,
  candidates: readonly Candidate[],
  aim: Aim,
  kept: Kept[],
  progress: Progress,
): Promise<Chosen> {
  progress('comparing', 0);
  const groups = groupsOf(candidates);
  let left: readonly Candidate[][] = groups;
  let found = await attempt(trial, left, trial.samples);
  const everywhere = found.likeness;
  if (reaches(everywhere, aim)) return { ...found, everywhere, candidates };
  const order = await sensitivities(trial, groups, progress);
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
    if (reaches(found.likeness, aim)) return { ...found, everywhere, candidates: left.flat() };
  }
  throw new ServingError(
    'INVALID_ARGUMENT',
    `nothing can be ${trial.done} within a cosine similarity of ${aim.cosine} and ${aim.top1 * 100} % of equal predictions`,
  );
}

/** What each group costs alone, the dearest first. */
async function sensitivities(
  trial: Trial,
  groups: readonly Candidate[][],
  progress: Progress,
): Promise<{ group: Candidate[]; cosine: number }[]> {
  const order: { group: Candidate[]; cosine: number }[] = [];
  for (const [index, group] of groups.entries()) {
    progress(`sensitivity of ${group[0]?.node.origin ?? ''}`, index / groups.length);
    const alone = await attempt(trial, [group], trial.samples.slice(0, fewSamples));
    order.push({ group, cosine: alone.likeness.cosine });
  }
  return order.sort((a, b) => a.cosine - b.cosine);
}

async function attempt(
  { write, wanted, open, done }: Trial,
  groups: readonly (readonly Candidate[])[],
  samples: readonly Sample[],
): Promise<{ pieces: Uint8Array[]; likeness: Likeness }> {
  const pieces = write(groups.flat());
  const running = await open(pieces, done);
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
export async function outputsOf(
  running: Running,
  samples: readonly Sample[],
  count: number = running.outputs.length,
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

/** Whether an entry, in which `*` stands for any characters, is a node or an operator. */
export function matches(entry: string, origin: string, op: string): boolean {
  const pattern = entry.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return entry === op || new RegExp(`^${pattern.join('.*')}$`, 'su').test(origin);
}
