// How the repository is read: one set of calls, made by promises where the event loop must not wait, and at once on a
// thread of its own, where a look at thousands of files then costs a few microseconds each.

import type { Dirent, Stats } from 'node:fs';
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { access, readdir, realpath, stat } from 'node:fs/promises';

type Now<T> = T | Promise<T>;

/** What a look needs of the file system; each call fails as those of node:fs do. */
export interface Files {
  /** The entries of a folder, by name. */
  list(folder: string): Now<readonly Dirent[]>;
  stat(place: string): Now<Stats>;
  realpath(place: string): Now<string>;
  /** Whether this process may read it; never fails. */
  readable(place: string): Now<boolean>;
}

function byName(entries: Dirent[]): readonly Dirent[] {
  return entries.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/** For the event loop. */
export const asyncFiles: Files = {
  list: async (folder) => byName(await readdir(folder, { withFileTypes: true })),
  stat: (place) => stat(place),
  realpath: (place) => realpath(place),
  readable: (place) =>
    access(place, constants.R_OK).then(
      () => true,
      () => false,
    ),
};

/** For a thread that may wait. */
export const syncFiles: Files = {
  list: (folder) => byName(readdirSync(folder, { withFileTypes: true })),
  stat: (place) => statSync(place),
  realpath: (place) => realpathSync.native(place),
  readable: (place) => {
    try {
      accessSync(place, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  },
};
