// The folder of the engine cache: made when it is missing, given up with a reason when it cannot be written.

import { accessSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reasonOf } from './model/fs-reason.ts';

export interface CacheFolder {
  /** null when the cache stays off. */
  readonly path: string | null;
  /** Why it stays off; '' when it does not. */
  readonly reason: string;
}

/** Makes sure the folder can be written; engines it holds run in this process, so it is made for its owner alone. null: there is none to be had. */
export function openCacheFolder(path: string | null): CacheFolder {
  if (path === null)
    return { path, reason: 'the user has no home folder, and neither cache.path nor XDG_CACHE_HOME is set' };
  try {
    makeFolder(path);
    if (!statSync(path).isDirectory()) return { path: null, reason: 'not a folder' };
    accessSync(path, constants.W_OK | constants.X_OK);
    sweep(path);
    return { path, reason: '' };
  } catch (caught) {
    const { code } = caught as NodeJS.ErrnoException;
    return { path: null, reason: code === 'EEXIST' ? 'not a folder' : reasonOf(caught) };
  }
}

/** Node's own recursive mkdir never ends below /proc, where a parent that was just refused keeps being missing. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  mkdirSync(path, { mode: 0o700 });
}

/** A file still being written this long after its last change was left by a process that ended in the middle. */
const staleMs = 3_600_000;

function sweep(path: string): void {
  // Models that are tried while one is quantised lie in folders of their own.
  for (const name of readdirSync(path).filter((entry) => entry.endsWith('.tmp') || entry.startsWith('.quantise-'))) {
    const file = join(path, name);
    try {
      if (Date.now() - lstatSync(file).mtimeMs > staleMs) rmSync(file, { recursive: name.startsWith('.quantise-') });
    } catch {
      // Another process has removed it, or it is no file: either way the cache works without this.
    }
  }
}
