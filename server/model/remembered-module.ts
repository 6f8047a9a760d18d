// A servable's servable_config.mjs, imported again only when it or a file it imports changed.

import { ConfigError } from '../config/problem.ts';
import type { ModulePlan } from '../config/servable-module/plan.ts';
import type { Files } from './files.ts';
import type { ReadConfig } from './remembered-config.ts';
import { isUnchanged, type Traces, tracesOf } from './traces.ts';

/** Configuration and module together. */
export interface ReadServable extends ReadConfig {
  /** Without the module. */
  readonly plain: ReadConfig;
  /** The files the module was made of and what they were; undefined where they may change without a sign. */
  readonly seen: Traces;
}

/** Adds what the module (`file`; undefined for none) declares, or returns `before` when nothing changed since. */
export async function withModule(
  files: Files,
  file: string | undefined,
  plain: ReadConfig,
  before: ReadServable | undefined,
): Promise<ReadServable> {
  const isSame = before !== undefined && before.plain === plain;
  if (file === undefined) return isSame && before.seen?.size === 0 ? before : { ...plain, plain, seen: new Map() };
  if (isSame && before.seen?.has(file) === true && (await isUnchanged(files, before.seen))) return before;
  const parsed = await parse(file, plain);
  const seen = await tracesOf(files, parsed.sources);
  const { config, problems } = parsed;
  if (isSame && JSON.stringify([config, problems]) === JSON.stringify([before.config, before.problems]))
    return { ...before, seen };
  return { config, problems, trace: plain.trace, plain, seen };
}

type Parsed = Pick<ReadConfig, 'config' | 'problems'> & { readonly sources: readonly string[] };

async function parse(file: string, plain: ReadConfig): Promise<Parsed> {
  let plan: ModulePlan | undefined;
  try {
    const [{ readModule }, { applyModule }] = await Promise.all([
      import('../config/servable-module/read.ts'),
      import('../config/servable-module/apply.ts'),
    ]);
    plan = await readModule(file);
    const sources = plan.sources.map((source) => source.file);
    if (plain.config === undefined) return { config: undefined, problems: plain.problems, sources };
    return { config: applyModule(plain.config, plan), problems: plain.problems, sources };
  } catch (caught) {
    if (!(caught instanceof ConfigError)) throw caught;
    // What a module that cannot be read imports is not known: only a change of the files that are is seen.
    const named = caught.problems.map(({ source }) => source);
    const sources = plan?.sources.map((source) => source.file) ?? [...new Set([file, ...named])];
    return { config: undefined, problems: [...plain.problems, ...caught.problems], sources };
  }
}
