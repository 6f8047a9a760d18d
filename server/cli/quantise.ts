// `mindird quantise`: a model in 8 bits, with ranges measured on samples, and what that costs and gains.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Argv } from 'yargs';
import { loadAddon } from '../native/binding.ts';
import type { NativeAddon } from '../native/binding-types.ts';
import { quantiseFile } from '../quantise/quantise.ts';
import { type RangeMethod, rangeMethods } from '../quantise/ranges.ts';
import type { QuantiseResult } from '../quantise/result.ts';
import { Runner } from '../quantise/runner.ts';
import type { Progress } from '../quantise/search.ts';
import { UsageError } from './failure.ts';
import { quantiseText } from './quantise/text.ts';
import { ProgressLine } from './terminal/progress.ts';

/** Arguments of the command. */
export interface QuantiseArguments {
  readonly model: string;
  readonly data: string;
  readonly out: string | undefined;
  readonly method: RangeMethod;
  readonly percentile: number;
  readonly keepFp32: readonly string[];
  readonly cosine: number;
  readonly top1: number;
  readonly samples: number;
  readonly threads: number;
}

const within = (name: string, most: number) => (value: number) => {
  if (!(value > 0 && value <= most))
    throw new UsageError(`--${name}: found ${value}, want a number above 0, at most ${most}`);
  return value;
};

const once =
  <T extends string | undefined>(name: string) =>
  (value: T | readonly string[]): T => {
    if (typeof value === 'object') throw new UsageError(`--${name}: found ${value.length} of them, want one`);
    return value;
  };

/** Adds the command, under both spellings. */
export const addQuantise = (program: Argv): Argv =>
  program.command(
    ['quantise <model>', 'quantize <model>'],
    'write a model in 8 bits, its ranges measured on samples',
    (y) =>
      y
        .positional('model', { type: 'string', demandOption: true, describe: '.mindir file' })
        .option('data', {
          type: 'string',
          demandOption: true,
          requiresArg: true,
          describe:
            '.npz file of samples, or a folder of them: arrays by the names of inputs or as input_0, input_1, …',
          coerce: once<string>('data'),
        })
        .option('out', {
          type: 'string',
          requiresArg: true,
          describe: 'file to write [default: MODEL.int8.mindir]',
          coerce: once<string | undefined>('out'),
        })
        .option('method', {
          choices: rangeMethods,
          default: 'min-max' as const,
          describe: 'how the range of an activation is found',
        })
        .option('percentile', {
          type: 'number',
          default: 99.99,
          describe: 'with --method percentile: share of the values inside the range, in percent',
          coerce: within('percentile', 100),
        })
        .option('keep-fp32', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe: 'node or operator that stays in fp32, * for any characters',
        })
        .option('cosine', {
          type: 'number',
          default: 0.99,
          describe: 'least cosine similarity of the outputs; the most sensitive nodes stay in fp32 until it is reached',
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
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    async (argv) => {
      const line = new ProgressLine(process.stderr);
      const result = await quantise({ ...argv, out: argv.out }, loadAddon(), (step, done) =>
        line.bar(done, step),
      ).finally(() => line.clear());
      const json = JSON.stringify(result, null, 2);
      if (argv.report !== undefined) await writeFile(argv.report, `${json}\n`);
      process.stdout.write(`${argv.json ? json : quantiseText(result)}\n`);
    },
  );

/** Quantises a model and writes it; the file is whole or not there. */
export async function quantise(
  args: QuantiseArguments,
  addon: NativeAddon,
  progress: Progress = () => undefined,
): Promise<QuantiseResult> {
  if (!(args.samples >= 1)) throw new UsageError(`--samples: found ${args.samples}, want at least 1`);
  const output = args.out ?? `${args.model.replace(/\.mindir$/, '')}.int8.mindir`;
  if (path.resolve(output) === path.resolve(args.model))
    throw new UsageError(`--out ${output}: is the model itself, want another file`);
  addon.configure({ threads: args.threads });
  const order = { ...args, output, percent: args.percentile, keepSetting: '--keep-fp32' };
  return quantiseFile(order, new Runner(addon, args.threads), progress);
}
