// Tells a version that is still being copied from one that is complete. Pure: it remembers nothing but what it returns.
//
// Files count as complete when they were last changed some time ago, or when two looks in a row found them the same. The
// first rule lets a server start at once on files that were there before it; the second does without trust in clocks. Files that were seen
// to grow have to rest for longer: what copies them may pause.

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

/** Judges every version of a look against the look before; files that grew have to rest for `restMs`. */
export function judgeStability(scan: Scan, before: Seen, now: number, restMs = 0): Stability {
  const seen = new Map<string, string>();
  const unstable = new Set<string>();
  for (const servable of scan.servables) {
    for (const { version, fingerprint, changedAt, writtenAt } of servable.versions) {
      const key = `${servable.name}/${version}`;
      seen.set(key, fingerprint);
      const old = changedAt <= now - settleMs;
      const resting = writtenAt > 0 && now - writtenAt < restMs;
      if (resting || (!old && before.get(key) !== fingerprint)) unstable.add(key);
    }
  }
  return { seen, unstable };
}
