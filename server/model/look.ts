// One look at the repository: what was found, and which versions are still changing.

import type { Files } from './files.ts';
import type { Scan } from './repository.ts';
import { RepositoryScanner } from './repository.ts';
import type { Seen } from './stability.ts';
import { judgeStability } from './stability.ts';

export interface Look {
  /** The object of the look before when nothing changed. */
  readonly scan: Scan;
  /** Keys (`name/version`) of versions that may still be changing. */
  readonly unstable: ReadonlySet<string>;
}

/** How a repository is looked at. */
export interface LookSettings {
  /** The root is the folder of this one servable. */
  readonly servable: string | null;
  /** How long files that grew have to rest. */
  readonly restMs: number;
}

/** A folder of servables, whose files need no rest. */
export const usualLook: LookSettings = { servable: null, restMs: 0 };

/** What looks; one look at a time. Rejects when the root cannot be read. */
export interface Looker {
  look(root: string, settings?: LookSettings): Promise<Look>;
}

export class Looks implements Looker {
  readonly #scanner: RepositoryScanner;
  #seen: Seen = new Map();
  #last: Look | undefined;
  #root = '';

  constructor(files: Files) {
    this.#scanner = new RepositoryScanner(files);
  }

  async look(root: string, { servable, restMs }: LookSettings = usualLook): Promise<Look> {
    const scan = await this.#scanner.look(root, servable);
    // What was steady and is the same is steady still.
    if (this.#last !== undefined && this.#last.scan === scan && this.#last.unstable.size === 0) return this.#last;
    const { seen, unstable } = judgeStability(scan, root === this.#root ? this.#seen : new Map(), Date.now(), restMs);
    this.#root = root;
    this.#seen = seen;
    this.#last = { scan, unstable };
    return this.#last;
  }
}
