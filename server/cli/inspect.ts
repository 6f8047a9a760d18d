// `mindird inspect`: prints a model at any stage between file and plan, without a server.

import path from 'node:path';
import type { Argv } from 'yargs';
import { loadAddon } from '../native/binding.ts';
import type { InspectStage, NativeAddon } from '../native/binding-types.ts';
import {
  addCompileOptions,
  type CompileArguments,
  compileEngines,
  orderedShapes,
  readingOf,
} from './compile-options.ts';

const printedStages = ['file', 'graph', 'optimized', 'partitions', 'plan'] as const satisfies readonly InspectStage[];

/** Arguments of the command. */
export interface InspectArguments extends CompileArguments {
  readonly stage: InspectStage;
  readonly json: boolean;
}

/** Adds the command. */
export const addInspect = (program: Argv): Argv =>
  program.command(
    'inspect <model>',
    'print a model at a stage: file, graph, optimized, partitions or plan',
    (y) =>
      addCompileOptions(y)
        .option('stage', {
          choices: printedStages,
          default: 'graph' as const,
          describe: 'how far to take the model before printing it',
        })
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    async (argv) => {
      const addon = loadAddon();
      const engines = compileEngines(argv.engine, argv.model, () => addon.systemInfo().engines);
      const text = await inspect(
        {
          model: argv.model,
          stage: argv.stage,
          engines,
          json: argv.json,
          precision: argv.precision,
          keepFp32: argv['keep-fp32'],
          shapes: argv.shape,
        },
        addon,
      );
      process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
  );

/** The text (or JSON text) of the model at the stage. */
export async function inspect(args: InspectArguments, addon: Pick<NativeAddon, 'inspect'>): Promise<string> {
  const { stage, engines, json, precision = 'origin', keepFp32 = [] } = args;
  const file = path.resolve(args.model);
  const shapes = await orderedShapes(args, addon);
  return addon.inspect(file, { stage, engines, json, precision, keepFp32, shapes, ...readingOf(file) });
}
