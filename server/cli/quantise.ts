// `mindird quantise`: a model in 8 bits, with ranges measured on samples, and what that costs and gains.

import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Argv } from 'yargs';
import { reasonOf } from '../model/fs-reason.ts';
import { loadAddon } from '../native/binding.ts';
import type { NativeAddon } from '../native/binding-types.ts';
import { CommandFailure, UsageError } from './failure.ts';
import { Workshop } from './quantise/files.ts';
import { parseModel } from './quantise/mindir.ts';
import { type RangeMethod, rangeMethods } from './quantise/ranges.ts';
import { agreement, type QuantiseResult, quantiseText } from './quantise/result.ts';
import { Runner } from './quantise/runner.ts';
import { readSamples } from './quantise/samples.ts';
import { quantiseModel } from './quantise/search.ts';
import { timeModels } from './quantise/timing.ts';
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

const maxFile = 2 ** 31 - 1;

const share = (name: string) => (value: number) => {
  if (!(value > 0 && value <= 1)) throw new UsageError(`--${name}: found ${value}, want a number above 0, at most 1`);
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
        })
        .option('out', { type: 'string', requiresArg: true, describe: 'file to write [default: MODEL.int8.mindir]' })
        .option('method', {
          choices: rangeMethods,
          default: 'min-max' as const,
          describe: 'how the range of an activation is found',
        })
        .option('percentile', {
          type: 'number',
          default: 99.99,
          describe: 'with --method percentile: share of the values inside the range, in percent',
          coerce: (value: number) => share('percentile')(value / 100) * 100,
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
          coerce: share('cosine'),
        })
        .option('top1', {
          type: 'number',
          default: 0.98,
          describe: 'least share of predictions that stay the same',
          coerce: share('top1'),
        })
        .option('samples', { type: 'number', default: 128, describe: 'most samples to use' })
        .option('threads', { type: 'number', default: 0, describe: 'threads of one run; 0 = as many as CPUs' })
        .option('report', { type: 'string', requiresArg: true, describe: 'file to write the report to, as JSON' })
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
  progress: (step: string, share: number) => void = () => undefined,
): Promise<QuantiseResult> {
  if (!(args.samples >= 1)) throw new UsageError(`--samples: found ${args.samples}, want at least 1`);
  const bytes = await readModel(args.model);
  const output = args.out ?? `${args.model.replace(/\.mindir$/, '')}.int8.mindir`;
  if (path.resolve(output) === path.resolve(args.model))
    throw new UsageError(`--out ${output}: is the model itself, want another file`);
  const runner = new Runner(addon, args.threads);
  progress('loading', 0);
  const original = await runner.load(path.resolve(args.model), 'model');
  try {
    const model = parseModel(bytes, args.model);
    const samples = await readSamples(args.data, original.inputs, args.samples);
    const workshop = await Workshop.beside(output);
    try {
      const found = await quantiseModel(
        model,
        original,
        samples,
        { ...args, percent: args.percentile },
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
        file: output,
        method: args.method,
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

async function readModel(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > maxFile) throw new CommandFailure(`${file}: file has ${size} bytes, want at most ${maxFile}`);
    return await readFile(file);
  } catch (caught) {
    if (caught instanceof CommandFailure) throw caught;
    throw new CommandFailure(`${file}: cannot be read: ${reasonOf(caught)}`);
  }
}
