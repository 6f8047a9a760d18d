// `mindird prune`: a model with structured zeros among its weights, and what they cost.

import type { Argv } from 'yargs';
import { loadAddon } from '../native/binding.ts';
import type { NativeAddon } from '../native/binding-types.ts';
import { type PruneResult, pruneFile } from '../prune/prune.ts';
import type { Progress } from '../quantise/narrow.ts';
import { Runner } from '../quantise/runner.ts';
import { type ChangeArguments, changeOptions, outputOf } from './quantise/options.ts';
import { costTable, likenessLines, tell } from './quantise/tell.ts';
import { ProgressLine } from './terminal/progress.ts';

/** Arguments of the command. */
export interface PruneArguments extends Omit<ChangeArguments, 'report' | 'json'> {
  readonly keep: readonly string[];
}

/** Ends the name of the result. */
const kind = 'sparse';

/** Adds the command. */
export const addPrune = (program: Argv): Argv =>
  program.command(
    'prune <model>',
    'write a model with two zeros in every four weights, which tensor cores of GPUs skip',
    (y) =>
      changeOptions(y, kind, 'dense').option('keep', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'node or operator that stays dense, * for any characters',
      }),
    async (argv) => {
      const line = new ProgressLine(process.stderr);
      const result = await prune(argv, loadAddon(), (step, done) => line.bar(done, step)).finally(() => line.clear());
      await tell(result, pruneText, argv);
    },
  );

/** Prunes a model and writes it; the file is whole or not there. */
export async function prune(
  args: PruneArguments,
  addon: NativeAddon,
  progress: Progress = () => undefined,
): Promise<PruneResult> {
  const output = outputOf(args, kind);
  addon.configure({ threads: args.threads });
  return pruneFile({ ...args, output, keepSetting: '--keep' }, new Runner(addon, args.threads), progress);
}

const share = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)} %`;

function pruneText(result: PruneResult): string {
  const { kept, pruned, samples, zeros } = result;
  const all = pruned.length + kept.length;
  return [
    `${result.file}: two zeros in every four weights of ${pruned.length} of ${all} convolutions and dense layers (${samples} samples)`,
    ...kept.map(({ node, reason }) => `dense: ${node}: ${reason}`),
    '',
    costTable(result, [['zeros', share(zeros.before, zeros.of), share(zeros.after, zeros.of)]]),
    '',
    ...likenessLines(result, 'with everything pruned'),
    'cpu: multiplies zeros as other numbers; TensorRT on GPUs of compute capability 8.0 and later may skip them',
  ].join('\n');
}
