// `mindird inspect`: prints a model at any stage between file and plan, without a server.

import path from 'node:path';
import type { Argv } from 'yargs';
import { servableOf } from '../config/servable.ts';
import { serverEngines } from '../model/engines.ts';
import { loadAddon } from '../native/binding.ts';
import type {
  EngineInfo,
  InspectOptions,
  InspectStage,
  NativeAddon,
  Precision,
  TensorSpec,
} from '../native/binding-types.ts';
import { CommandFailure } from './failure.ts';
import { concreteShape } from './load/random-inputs.ts';
import { shapeOptions } from './terminal/options.ts';

const inspectStages: readonly InspectStage[] = ['file', 'graph', 'optimized', 'partitions', 'plan'];

const precisions: readonly Precision[] = ['origin', 'fp32', 'fp16', 'bf16'];

/** Arguments of the command. */
export interface InspectArguments {
  readonly model: string;
  readonly stage: InspectStage;
  readonly engines: readonly string[];
  readonly json: boolean;
  readonly precision?: Precision;
  readonly keepFp32?: readonly string[];
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Adds the command. */
export const addInspect = (program: Argv): Argv =>
  program.command(
    'inspect <model>',
    'print a model at a stage: file, graph, optimized, partitions or plan',
    (y) =>
      y
        .positional('model', { type: 'string', demandOption: true, describe: '.mindir or .mindplan file' })
        .option('stage', {
          choices: inspectStages,
          default: 'graph' as const,
          describe: 'how far to take the model before printing it',
        })
        .option('engine', {
          type: 'string',
          describe:
            'engines in order of preference, by commas; without it cpu, for a plan file those that serve it here',
        })
        .option('precision', {
          choices: precisions,
          default: 'origin' as const,
          describe: 'number format to partition and plan for',
        })
        .option('keep-fp32', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe: 'a node (* for any characters) or operator that stays in fp32',
        })
        .option('shape', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe: 'INPUT=1,3,224,224 for an input with unknown sizes (else 1)',
          coerce: shapeOptions,
        })
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    async (argv) => {
      const addon = loadAddon();
      const engines = inspectEngines(argv.engine, argv.model, () => addon.systemInfo().engines);
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

/** A model is planned for cpu unless told otherwise, since other engines may take minutes; a plan file brings its engines along. */
export function inspectEngines(
  given: string | undefined,
  model: string,
  known: () => readonly EngineInfo[],
): readonly string[] {
  if (given !== undefined) return given.split(',').filter((name) => name !== '');
  return model.endsWith('.mindplan') ? serverEngines('auto', known()).engines : ['cpu'];
}

/** What the servable that a model belongs to says of reading it; a configuration that is wrong says nothing here. */
function readingOf(file: string): Pick<InspectOptions, 'keyFile' | 'keyEnv' | 'state'> {
  try {
    const { model } = servableOf(file);
    const state = model.state === 'per_request' ? 'per_request' : 'refuse';
    return { keyFile: model.key_file, keyEnv: model.key_env, state };
  } catch {
    return {};
  }
}

/** The text (or JSON text) of the model at the stage. */
export async function inspect(args: InspectArguments, addon: Pick<NativeAddon, 'inspect'>): Promise<string> {
  const { stage, engines, json, precision = 'origin', keepFp32 = [] } = args;
  const file = path.resolve(args.model);
  const shapes = args.shapes.size === 0 ? [] : await orderedShapes(file, args, addon);
  return addon.inspect(file, { stage, engines, json, precision, keepFp32, shapes, ...readingOf(file) });
}

/** Named shapes in the order of the graph's inputs; inputs without one get 1 for unknown sizes. */
export async function orderedShapes(
  file: string,
  args: Pick<InspectArguments, 'model' | 'engines' | 'shapes'>,
  addon: Pick<NativeAddon, 'inspect'>,
): Promise<(readonly number[])[]> {
  const text = await addon.inspect(file, {
    stage: 'file',
    engines: args.engines,
    json: true,
    shapes: [],
    ...readingOf(file),
  });
  const inputs = (JSON.parse(text) as { readonly inputs?: readonly TensorSpec[] }).inputs ?? [];
  for (const name of args.shapes.keys()) {
    if (!inputs.some((input) => input.name === name)) {
      throw new CommandFailure(
        `${args.model}: no input "${name}", the model has ${inputs.map((input) => input.name).join(', ')}`,
      );
    }
  }
  return inputs.map((input) => concreteShape(input, args.shapes.get(input.name)));
}
