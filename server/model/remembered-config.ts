// A servable's configuration, read and parsed again only when its file changed.

import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../config/problem.ts';
import { ConfigError } from '../config/problem.ts';
import { defaultServable, readServable } from '../config/servable.ts';
import type { ServableConfig } from '../config/servable-fields.ts';
import type { Files } from './files.ts';
import { grainMs, isUnchanged, type Traces, tracesOf } from './traces.ts';

export interface ReadConfig {
  /** undefined when the file is wrong. */
  readonly config: ServableConfig | undefined;
  readonly problems: readonly Problem[];
  /** What the file was when it was read; '' for none, undefined when it may change without a sign. */
  readonly trace: string | undefined;
  /** Files of other servables that it hangs on; absent for none. */
  readonly others?: Traces;
}

let noFile: ReadConfig | undefined;

/** Reads a configuration, or returns `before` when its file is still what it was then; no file means the defaults. */
export async function readConfig(
  files: Files,
  file: string | undefined,
  before: ReadConfig | undefined,
): Promise<ReadConfig> {
  if (file === undefined) {
    noFile ??= { config: defaultServable(), problems: [], trace: '' };
    return noFile;
  }
  const trace = await traceOf(files, file, Date.now());
  if (trace !== undefined && trace === before?.trace && (await isUnchanged(files, before.others))) return before;
  const looked = new Set<string>();
  const { config, problems } = await parse(file, looked);
  const others = await tracesOf(files, looked);
  if (before !== undefined && JSON.stringify([config, problems]) === JSON.stringify([before.config, before.problems]))
    return trace === before.trace && isDeepStrictEqual(others, before.others) ? before : { ...before, trace, others };
  return { config, problems, trace, others };
}

async function traceOf(files: Files, file: string, now: number): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await files.stat(file);
    return Math.max(mtimeMs, ctimeMs) > now - grainMs ? undefined : `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return undefined;
  }
}

async function parse(file: string, looked: Set<string>): Promise<Pick<ReadConfig, 'config' | 'problems'>> {
  try {
    return { config: await read(file, looked), problems: [] };
  } catch (caught) {
    if (caught instanceof ConfigError) return { config: undefined, problems: caught.problems };
    throw caught;
  }
}

/** By the kind of file; what reads those of other servers is loaded where there is one. `looked` is told the files of other servables. */
async function read(file: string, looked: Set<string>): Promise<ServableConfig> {
  if (file.endsWith('.pbtxt')) {
    const { readTritonServable } = await import('../config/triton/servable-triton.ts');
    return readTritonServable(file, looked);
  }
  if (!file.endsWith('.py')) return readServable(file);
  const { readPythonServable } = await import('../config/python/servable-python.ts');
  return readPythonServable(file);
}
