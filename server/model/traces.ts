// What files were when they were read, so that they are read again only when one of them changed.

import type { Files } from './files.ts';

/**
 * A file that changed less than this before it was read is read again: within the grain of its times it may change and look the
 * same. Two seconds is the grain of the coarsest file system.
 */
export const grainMs = 2000;

/** The files and what they were; undefined where one of them may change without a sign. */
export type Traces = ReadonlyMap<string, string> | undefined;

/** What these files are, those that are not there included. */
export async function tracesOf(files: Files, sources: Iterable<string>): Promise<Traces> {
  const seen = new Map<string, string>();
  for (const source of sources) {
    const trace = await traceOf(files, source);
    if (trace === undefined) return undefined;
    seen.set(source, trace);
  }
  return seen;
}

/** Whether all of them are what they were. */
export async function isUnchanged(files: Files, seen: Traces): Promise<boolean> {
  if (seen === undefined) return false;
  for (const [file, trace] of seen) if ((await traceOf(files, file)) !== trace) return false;
  return true;
}

/** undefined for a file that changed so lately that it may change and look the same. */
async function traceOf(files: Files, file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await files.stat(file);
    return Math.max(mtimeMs, ctimeMs) > Date.now() - grainMs ? undefined : `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return 'none';
  }
}
