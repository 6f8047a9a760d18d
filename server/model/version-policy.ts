// Which versions are wanted, and what to do next. Pure: the state of the world in, one decision out.
//
// wantedVersions walks the versions on disk from the highest down and takes as many as the policy asks for. A version
// that failed does not count, so a broken highest version leaves its predecessor served; while a changed version loads or
// after it failed, the copy made from its former files stays.
//
// nextAction puts availability first: nothing that serves is drained while a wanted copy of the same servable may still
// become ready. One load at a time, small models first, so that a hostile or huge one does not keep the others waiting.

import { isPending } from './lifecycle.ts';
import type { VersionState } from './served.ts';

export type VersionPolicy = { readonly latest: number } | { readonly specific: readonly number[] };

/** One copy as the policy sees it. */
export interface Snapshot {
  readonly id: number;
  readonly name: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly state: VersionState;
  /** It should serve. */
  readonly wanted: boolean;
  /** Its files are still on disk as they were when it was made. */
  readonly present: boolean;
  readonly leases: number;
  readonly bytes: number;
}

/** A version on disk. */
export interface Candidate {
  readonly version: number;
  readonly fingerprint: string;
}

export interface Action {
  readonly kind: 'load' | 'drain' | 'unload' | 'forget';
  readonly id: number;
}

/** What should serve: a version with the files it should be made from. */
export interface Wanted {
  readonly version: number;
  readonly fingerprint: string;
}

type Copy = Pick<Snapshot, 'version' | 'fingerprint' | 'state'>;

/** The wanted versions of one servable, highest first; `copies` are the servable's own. */
export function wantedVersions(
  policy: VersionPolicy,
  candidates: readonly Candidate[],
  copies: readonly Copy[],
): readonly Wanted[] {
  const descending = [...candidates].sort((a, b) => b.version - a.version);
  const chosen =
    'specific' in policy ? descending.filter(({ version }) => policy.specific.includes(version)) : descending;
  const most = 'specific' in policy ? chosen.length : policy.latest;
  const wanted: Wanted[] = [];
  let counted = 0;
  for (const candidate of chosen) {
    if (counted >= most) break;
    const own = copies.filter((copy) => copy.version === candidate.version);
    const serving = own.find((copy) => copy.state === 'ready' && copy.fingerprint !== candidate.fingerprint);
    const failed = own.some((copy) => copy.state === 'failed' && copy.fingerprint === candidate.fingerprint);
    if (failed && serving === undefined) continue;
    wanted.push(
      failed && serving !== undefined ? { version: serving.version, fingerprint: serving.fingerprint } : candidate,
    );
    counted += 1;
  }
  return wanted;
}

/** The next thing to do, or undefined when there is nothing until something changes. */
export function nextAction(all: readonly Snapshot[]): Action | undefined {
  const act = (kind: Action['kind'], copy: Snapshot | undefined): Action | undefined =>
    copy === undefined ? undefined : { kind, id: copy.id };
  return (
    act(
      'unload',
      all.find((copy) => copy.state === 'draining' && copy.leases === 0),
    ) ??
    act('forget', all.find(isForgettable)) ??
    act(
      'drain',
      all.find((copy) => copy.state === 'ready' && !copy.wanted && !awaitsReplacement(copy, all)),
    ) ??
    act('load', nextLoad(all))
  );
}

function isForgettable(copy: Snapshot): boolean {
  if (copy.state === 'gone') return true;
  if (copy.state === 'new') return !copy.wanted;
  return copy.state === 'failed' && !copy.present;
}

function awaitsReplacement(copy: Snapshot, all: readonly Snapshot[]): boolean {
  return all.some((other) => other.name === copy.name && other.wanted && isPending(other.state));
}

function nextLoad(all: readonly Snapshot[]): Snapshot | undefined {
  if (all.some((copy) => copy.state === 'loading')) return undefined;
  const waiting = all.filter((copy) => copy.state === 'new' && copy.wanted);
  return waiting.sort((a, b) => a.bytes - b.bytes || a.name.localeCompare(b.name) || b.version - a.version)[0];
}
