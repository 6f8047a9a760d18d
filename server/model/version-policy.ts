// Which versions are wanted, and what to do next. Pure: the state of the world in, one decision out.
//
// wantedVersions walks the versions on disk from the highest down and takes as many as the policy asks for. A version
// that failed does not count, so a broken highest version leaves its predecessor served; while a changed version loads or
// after it failed, the copy made from its former files stays.
//
// nextAction puts availability first: nothing that serves is drained while a wanted copy of the same servable may still
// become ready. Loads are in one order for all servables: small models first, so that a hostile or huge one does not keep
// the others waiting.

import { isPending } from './lifecycle.ts';
import type { VersionState } from './served.ts';

/** `also`: versions that are wanted whatever the rest says, because they have a label. */
export type VersionPolicy = ({ readonly latest: number } | { readonly specific: readonly number[] }) & {
  readonly also?: readonly number[];
};

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
  readonly kind: 'drain' | 'unload' | 'forget';
  readonly id: number;
}

/** What should serve: a version with the files it should be made from. */
export interface Wanted {
  readonly version: number;
  readonly fingerprint: string;
}

type Copy = Pick<Snapshot, 'version' | 'fingerprint' | 'state'>;

function byVersion<T extends Copy>(copies: readonly T[]): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const copy of copies) {
    const own = groups.get(copy.version);
    if (own === undefined) groups.set(copy.version, [copy]);
    else own.push(copy);
  }
  return groups;
}

/** The wanted versions of one servable, highest first; `copies` are the servable's own. */
export function wantedVersions(
  policy: VersionPolicy,
  candidates: readonly Candidate[],
  copies: readonly Copy[],
): readonly Wanted[] {
  const descending = [...candidates].sort((a, b) => b.version - a.version);
  const named = 'specific' in policy ? new Set(policy.specific) : undefined;
  const chosen = named === undefined ? descending : descending.filter(({ version }) => named.has(version));
  const most = 'specific' in policy ? chosen.length : policy.latest;
  const groups = byVersion(copies);
  const take = (from: readonly Candidate[], most: number): Wanted[] => {
    const wanted: Wanted[] = [];
    for (const candidate of from) {
      if (wanted.length >= most) break;
      const files = takeable(candidate, groups.get(candidate.version) ?? []);
      if (files !== undefined) wanted.push(files);
    }
    return wanted;
  };
  const wanted = take(chosen, most);
  const also = new Set(policy.also);
  for (const { version } of wanted) also.delete(version);
  return [
    ...wanted,
    ...take(
      descending.filter(({ version }) => also.has(version)),
      also.size,
    ),
  ];
}

/** The files a version should be made from: those on disk, or where they failed those that it serves from; undefined: it cannot serve. */
function takeable(candidate: Candidate, own: readonly Copy[]): Wanted | undefined {
  const failed = own.some((copy) => copy.state === 'failed' && copy.fingerprint === candidate.fingerprint);
  if (!failed) return candidate;
  const serving = own.find((copy) => copy.state === 'ready' && copy.fingerprint !== candidate.fingerprint);
  return serving === undefined ? undefined : { version: serving.version, fingerprint: serving.fingerprint };
}

/** The next thing to do with the copies of one servable but loading, or undefined when there is nothing until something changes. */
export function nextAction(copies: readonly Snapshot[]): Action | undefined {
  const act = (kind: Action['kind'], copy: Snapshot | undefined): Action | undefined =>
    copy === undefined ? undefined : { kind, id: copy.id };
  const awaitsReplacement = copies.some((copy) => copy.wanted && isPending(copy.state));
  return (
    act(
      'unload',
      copies.find((copy) => copy.state === 'draining' && copy.leases === 0),
    ) ??
    act('forget', copies.find(isForgettable)) ??
    act('drain', awaitsReplacement ? undefined : copies.find((copy) => copy.state === 'ready' && !copy.wanted))
  );
}

function isForgettable(copy: Snapshot): boolean {
  if (copy.state === 'gone') return true;
  if (copy.state === 'new') return !copy.wanted;
  return copy.state === 'failed' && !copy.present;
}

/** What the order of loads goes by. */
export interface LoadRank {
  readonly name: string;
  readonly found: { readonly version: number; readonly bytes: number };
}

/** The order of loads, for sorting: small models first, then by name, high versions first. */
export function compareLoads(a: LoadRank, b: LoadRank): number {
  const names = a.name < b.name ? -1 : Number(a.name > b.name);
  return a.found.bytes - b.found.bytes || names || b.found.version - a.found.version;
}
