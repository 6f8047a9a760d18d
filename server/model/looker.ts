// A small repository is looked at from the event loop, by promises; a large one from a thread, which costs memory and some
// start-up, and then leaves the event loop alone however many files there are.

import { readdir } from 'node:fs/promises';
import { asyncFiles } from './files.ts';
import type { Look, Looker, LookSettings } from './look.ts';
import { Looks, usualLook } from './look.ts';
import { LookThread } from './look-thread.ts';

/** Most servables, and most versions, that are looked at from the event loop. */
const fewServables = 16;
const fewVersions = 32;

export class RepositoryLooker implements Looker {
  readonly #local = new Looks(asyncFiles);
  #thread: LookThread | undefined;
  #versions = 0;

  async look(root: string, settings: LookSettings = usualLook): Promise<Look> {
    if (this.#thread !== undefined) return this.#thread.look(root, settings);
    if (this.#versions > fewVersions || (await readdir(root)).length > fewServables) {
      this.#thread = new LookThread();
      return this.#thread.look(root, settings);
    }
    const look = await this.#local.look(root, settings);
    this.#versions = look.scan.servables.reduce((sum, { versions }) => sum + versions.length, 0);
    return look;
  }

  /** True when a thread looks. */
  get usesThread(): boolean {
    return this.#thread !== undefined;
  }

  stop(): void {
    this.#thread?.stop();
  }
}
