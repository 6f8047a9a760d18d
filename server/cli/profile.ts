// `mindird profile`: what each step of a compiled model takes and reaches, without a server.

import path from 'node:path';
import type { Argv } from 'yargs';
import { loadAddon } from '../native/binding.ts';
import type { NativeAddon } from '../native/binding-types.ts';
import {
  addCompileOptions,
  type CompileArguments,
  compileEngines,
  orderedShapes,
  readingOf,
} from './compile-options.ts';
import { machineFacts, noiseWarning } from './machine/facts.ts';
import { type NativeProfile, type ProfileResult, profileResult } from './profile/result.ts';
import { profileText } from './profile/text.ts';
import { positiveOption } from './terminal/options.ts';

/** Arguments of the command. */
export interface ProfileArguments extends CompileArguments {
  /** Absent: as many as models have that do not say. */
  readonly threads: number | undefined;
  readonly seconds: number;
}

/** Adds the command. */
export const addProfile = (program: Argv): Argv =>
  program.command(
    'profile <model>',
    'time every step of a compiled model, beside what the machine reaches',
    (y) =>
      addCompileOptions(y)
        .option('threads', {
          type: 'number',
          describe: 'threads of one inference',
          coerce: positiveOption('threads', true),
        })
        .option('seconds', {
          type: 'number',
          default: 2,
          describe: 'how long the model is run',
          coerce: positiveOption('seconds', false),
        })
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    async (argv) => {
      const addon = loadAddon();
      const engines = compileEngines(argv.engine, argv.model, () => addon.systemInfo().engines);
      const { model, precision, 'keep-fp32': keepFp32, shape: shapes, threads, seconds } = argv;
      const result = await profile({ model, engines, precision, keepFp32, shapes, threads, seconds }, addon);
      const text = argv.json ? JSON.stringify(result, null, 2) : profileText(result, process.stdout.columns);
      process.stdout.write(`${text}\n`);
    },
  );

/** Compiles the model and runs it with its steps timed. */
export async function profile(args: ProfileArguments, addon: Pick<NativeAddon, 'inspect'>): Promise<ProfileResult> {
  const { engines, precision = 'origin', keepFp32 = [], threads = 0, seconds } = args;
  const file = path.resolve(args.model);
  const { load, logicalCpus } = machineFacts();
  const busy = noiseWarning(load, logicalCpus, undefined);
  const shapes = await orderedShapes(args, addon);
  const options = { engines, precision, keepFp32, shapes, threads, seconds, ...readingOf(file) };
  const native = JSON.parse(await addon.inspect(file, { stage: 'profile', json: true, ...options })) as NativeProfile;
  return profileResult(args.model, native, busy === '' ? [] : [busy]);
}
