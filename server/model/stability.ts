// Tells a version that is still being copied from one that is complete. Pure: it remembers nothing but what it returns.
//
// Files count as complete when they were last changed some time ago, or when two looks in a row found them the same. The
// first rule lets a server start at once on files that were there before it; the second does without trust in clocks.

import type { Scan } from './repository.ts';

/** Age after which an unchanged file is taken to be complete. */
export const settleMs = 1000;

/** Fingerprints by `name/version`. */
export type Seen = ReadonlyMap<string, string>;

export interface Stability {
  readonly seen: Seen;
  /** Keys of versions that may still be changing. */
  readonly unstable: ReadonlySet<string>;
}

/** Judges every version of a look against the look before. */
export function judgeStability(scan: Scan, before: Seen, now: number): Stability {
  const seen = new Map<string, string>();
  const unstable = new Set<string>();
  for (const servable of scan.servables) {
    for (const { version, fingerprint, changedAt } of servable.versions) {
      const key = `${servable.name}/${version}`;
      seen.set(key, fingerprint);
      const old = changedAt <= now - settleMs;
      if (!old && before.get(key) !== fingerprint) unstable.add(key);
    }
  }
  return { seen, unstable };
}
