// The folder of the engine cache: made when it is missing, given up with a reason when it cannot be written.

import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from './model/fs-reason.ts';

export interface CacheFolder {
  /** null when the cache stays off. */
  readonly path: string | null;
  /** Why it stays off; '' when it does not. */
  readonly reason: string;
}

/** Makes sure the folder can be written; engines it holds run in this process, so it is made for its owner alone. */
export function openCacheFolder(path: string): CacheFolder {
  try {
    makeFolder(path);
    if (!statSync(path).isDirectory()) return { path: null, reason: 'not a folder' };
    accessSync(path, constants.W_OK | constants.X_OK);
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
