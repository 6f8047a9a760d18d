// Options that quantising and pruning have in common.

import path from 'node:path';
import type { Argv } from 'yargs';
import { UsageError } from '../failure.ts';

/** A number above 0. */
export const within =
  (name: string, most: number): ((value: number) => number) =>
  (value) => {
    if (!(value > 0 && value <= most))
      throw new UsageError(`--${name}: found ${value}, want a number above 0, at most ${most}`);
    return value;
  };

/** An option that is given once. */
export const once =
  <T extends string | undefined>(name: string): ((value: T | readonly string[]) => T) =>
  (value) => {
    if (typeof value === 'object') throw new UsageError(`--${name}: found ${value.length} of them, want one`);
    return value;
  };

/** What the options are read to. */
export interface ChangeArguments {
  readonly model: string;
  readonly data: string;
  readonly out: string | undefined;
  readonly cosine: number;
  readonly top1: number;
  readonly samples: number;
  readonly threads: number;
  readonly report: string | undefined;
  readonly json: boolean;
}

/** Which file, by which samples, and how like the original the result must be. `kind` ends the result's name, `stay` says how nodes stay as they are. */
export const changeOptions = (y: Argv, kind: string, stay: string): Argv<ChangeArguments> =>
  y
    .positional('model', { type: 'string', demandOption: true, describe: '.mindir file' })
    .option('data', {
      type: 'string',
      demandOption: true,
      requiresArg: true,
      describe: '.npz file of samples, or a folder of them: arrays by the names of inputs or as input_0, input_1, …',
      coerce: once<string>('data'),
    })
    .option('out', {
      type: 'string',
      requiresArg: true,
      describe: `file to write [default: MODEL.${kind}.mindir]`,
      coerce: once<string | undefined>('out'),
    })
    .option('cosine', {
      type: 'number',
      default: 0.99,
      describe: `least cosine similarity of the outputs; the most sensitive nodes stay ${stay} until it is reached`,
      coerce: within('cosine', 1),
    })
    .option('top1', {
      type: 'number',
      default: 0.98,
      describe: 'least share of predictions that stay the same',
      coerce: within('top1', 1),
    })
    .option('samples', { type: 'number', default: 128, describe: 'most samples to use' })
    .option('threads', { type: 'number', default: 0, describe: 'threads of one run; 0 = as many as CPUs' })
    .option('report', {
      type: 'string',
      requiresArg: true,
      describe: 'file to write the report to, as JSON',
      coerce: once<string | undefined>('report'),
    })
    .option('json', { type: 'boolean', default: false, describe: 'print JSON' });

/** The file to write; refuses the model's own, and to change it by no samples. */
export function outputOf(
  { model, out, samples }: { readonly model: string; readonly out: string | undefined; readonly samples: number },
  kind: string,
): string {
  if (!(samples >= 1)) throw new UsageError(`--samples: found ${samples}, want at least 1`);
  const output = out ?? `${model.replace(/\.mindir$/, '')}.${kind}.mindir`;
  if (path.resolve(output) === path.resolve(model))
    throw new UsageError(`--out ${output}: is the model itself, want another file`);
  return output;
}
