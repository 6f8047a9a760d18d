// `mindird quantise`: a model in 8 bits, with ranges measured on samples, and what that costs and gains.

import type { Argv } from 'yargs';
import { loadAddon } from '../native/binding.ts';
import type { NativeAddon } from '../native/binding-types.ts';
import type { Progress } from '../quantise/narrow.ts';
import { quantiseFile } from '../quantise/quantise.ts';
import { type RangeMethod, rangeMethods } from '../quantise/ranges.ts';
import type { QuantiseResult } from '../quantise/result.ts';
import { Runner } from '../quantise/runner.ts';
import { type ChangeArguments, changeOptions, outputOf, within } from './quantise/options.ts';
import { tell } from './quantise/tell.ts';
import { quantiseText } from './quantise/text.ts';
import { ProgressLine } from './terminal/progress.ts';

/** Arguments of the command. */
export interface QuantiseArguments extends Omit<ChangeArguments, 'report' | 'json'> {
  readonly method: RangeMethod;
  readonly percentile: number;
  readonly keepFp32: readonly string[];
}

/** Ends the name of the result. */
const kind = 'int8';

/** Adds the command, under both spellings. */
export const addQuantise = (program: Argv): Argv =>
  program.command(
    ['quantise <model>', 'quantize <model>'],
    'write a model in 8 bits, its ranges measured on samples',
    (y) =>
      changeOptions(y, kind, 'in fp32')
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
        }),
    async (argv) => {
      const line = new ProgressLine(process.stderr);
      const result = await quantise(argv, loadAddon(), (step, done) => line.bar(done, step)).finally(() =>
        line.clear(),
      );
      await tell(result, quantiseText, argv);
    },
  );

/** Quantises a model and writes it; the file is whole or not there. */
export async function quantise(
  args: QuantiseArguments,
  addon: NativeAddon,
  progress: Progress = () => undefined,
): Promise<QuantiseResult> {
  const output = outputOf(args, kind);
  addon.configure({ threads: args.threads });
  const order = { ...args, output, percent: args.percentile, keep: args.keepFp32, keepSetting: '--keep-fp32' };
  return quantiseFile(order, new Runner(addon, args.threads), progress);
}
