// Options of the commands that compile a model without a server, and what they are for the addon.

import path from 'node:path';
import type { Argv } from 'yargs';
import { servableOf } from '../config/servable.ts';
import { serverEngines } from '../model/engines.ts';
import type { EngineInfo, InspectOptions, NativeAddon, Precision, TensorSpec } from '../native/binding-types.ts';
import { CommandFailure } from './failure.ts';
import { concreteShape } from './load/random-inputs.ts';
import { shapeOptions } from './terminal/options.ts';

const precisions: readonly Precision[] = ['origin', 'fp32', 'fp16', 'bf16'];

/** How a model is to be compiled. */
export interface CompileArguments {
  readonly model: string;
  readonly engines: readonly string[];
  readonly precision?: Precision;
  readonly keepFp32?: readonly string[];
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** The options as a command finds them. */
export interface CompileOptions {
  readonly model: string;
  readonly engine: string | undefined;
  readonly precision: Precision;
  readonly 'keep-fp32': readonly string[];
  readonly shape: ReadonlyMap<string, readonly number[]>;
}

/** Adds the model and how it is to be compiled to a command. */
export function addCompileOptions(program: Argv): Argv<CompileOptions> {
  return program
    .positional('model', { type: 'string', demandOption: true, describe: '.mindir or .mindplan file' })
    .option('engine', {
      type: 'string',
      describe: 'engines in order of preference, by commas; without it cpu, for a plan file those that serve it here',
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
    }) as Argv<CompileOptions>;
}

/** A model is planned for cpu unless told otherwise, since other engines may take minutes; a plan file brings its engines along. */
export function compileEngines(
  given: string | undefined,
  model: string,
  known: () => readonly EngineInfo[],
): readonly string[] {
  if (given !== undefined) return given.split(',').filter((name) => name !== '');
  return model.endsWith('.mindplan') ? serverEngines('auto', known()).engines : ['cpu'];
}

/** What the servable that a model belongs to says of reading it; a configuration that is wrong says nothing here. */
export function readingOf(file: string): Pick<InspectOptions, 'keyFile' | 'keyEnv' | 'state' | 'weights'> {
  try {
    const { model } = servableOf(file);
    const state = model.state === 'per_request' ? 'per_request' : 'refuse';
    const weights = model.weights === '16bit' ? '16bit' : 'full';
    return { keyFile: model.key_file, keyEnv: model.key_env, state, weights };
  } catch {
    return {};
  }
}

/** Named shapes in the order of the graph's inputs, with 1 for sizes that stay unknown; none where none was named. */
export async function orderedShapes(
  args: CompileArguments,
  addon: Pick<NativeAddon, 'inspect'>,
): Promise<(readonly number[])[]> {
  if (args.shapes.size === 0) return [];
  const file = path.resolve(args.model);
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
