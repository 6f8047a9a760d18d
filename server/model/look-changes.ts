// What a thread that looks sends: only what changed since the look before, so that taking it costs by what changed and not by
// the size of the repository.

import type { Look } from './look.ts';
import type { FoundServable, Skipped } from './repository.ts';

/** The difference of two looks; what is absent is as before. */
export interface LookChanges {
  readonly changed: readonly FoundServable[];
  readonly gone: readonly string[];
  readonly skipped?: readonly Skipped[];
  readonly unreadable?: readonly string[];
  readonly unstable?: readonly string[];
}

const emptyLook: Look = { scan: { servables: [], skipped: [], unreadable: [] }, unstable: new Set() };

/** Makes the changes of each look against the one before. */
export class ChangeWriter {
  #last: Look = emptyLook;
  #servables: ReadonlyMap<string, FoundServable> = new Map();

  write(look: Look): LookChanges {
    const last = this.#last;
    if (look === last) return { changed: [], gone: [] };
    const now = new Map(look.scan.servables.map((servable) => [servable.name, servable]));
    const before = this.#servables;
    this.#last = look;
    this.#servables = now;
    return {
      changed: look.scan.servables.filter((servable) => before.get(servable.name) !== servable),
      gone: [...before.keys()].filter((name) => !now.has(name)),
      skipped: look.scan.skipped,
      unreadable: look.scan.unreadable,
      unstable: [...look.unstable],
    };
  }
}

/** Makes looks of changes. */
export class ChangeReader {
  readonly #servables = new Map<string, FoundServable>();
  #last: Look = emptyLook;

  read(changes: LookChanges): Look {
    const { changed, gone, skipped, unreadable, unstable } = changes;
    if (skipped === undefined || unreadable === undefined || unstable === undefined) return this.#last;
    for (const name of gone) this.#servables.delete(name);
    for (const servable of changed) this.#servables.set(servable.name, servable);
    this.#last = {
      scan: { servables: [...this.#servables.values()], skipped, unreadable },
      unstable: new Set(unstable),
    };
    return this.#last;
  }
}
