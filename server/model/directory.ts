// What requests and health checks ask: which versions exist, which are ready, which one a name means.
//
// A version may have two copies for a while; the directory shows the one that matters most to a caller (a ready one
// before a loading one) and tells its listeners only when that view changes. What is kept is kept by servable: a lease
// and a question about one servable cost the same however many there are.

import { ServingError } from '../errors.ts';
import type { Copy } from './copy.ts';
import { type Labelling, nextPoint, pointOf, unlabelled, versionAt } from './labels.ts';
import type { Lease, VersionState, VersionStatus } from './served.ts';

const rank: readonly VersionState[] = ['ready', 'loading', 'new', 'draining', 'unloading', 'failed', 'gone'];

/** One servable. */
interface Entry {
  readonly copies: Map<string, Set<Copy>>;
  /** What listeners were told last, by version. */
  readonly told: Map<string, VersionStatus>;
  /** Copies that take leases, by version. */
  readonly reachable: Map<string, Copy>;
  newest: Copy | undefined;
  labelling: Labelling;
  /** Of the last request without a version and without a key. */
  point: number;
  /** `told` in order; undefined after a change. */
  sorted: readonly VersionStatus[] | undefined;
}

/** The merged view of the copies of one version. */
function mergeStatus(copies: readonly Copy[]): VersionStatus | undefined {
  const [first] = [...copies].sort((a, b) => rank.indexOf(a.state) - rank.indexOf(b.state) || b.id - a.id);
  if (first === undefined) return undefined;
  const failed = copies.find((copy) => copy.state === 'failed');
  const failure = first.state === 'ready' ? (first.served?.native.failure() ?? '') : '';
  if (failure !== '')
    return { name: first.name, version: first.version, state: first.state, reason: failure, failing: true };
  const reason =
    first.state === 'ready' && failed !== undefined
      ? `the files changed and the new ones failed: ${failed.reason}`
      : first.reason;
  return { name: first.name, version: first.version, state: first.state, reason };
}

export class Directory {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(status: VersionStatus) => void>();
  /** Names in order, and everything in order; undefined after a change. */
  #names: readonly string[] | undefined;
  #versions: readonly VersionStatus[] | undefined;
  #failing = 0;

  /** Makes a copy known. */
  add(copy: Copy): void {
    const { copies } = this.#entry(copy.name);
    const own = copies.get(copy.version);
    if (own === undefined) copies.set(copy.version, new Set([copy]));
    else own.add(copy);
    this.changed(copy);
  }

  /** Forgets a copy. */
  remove(copy: Copy): void {
    const { copies } = this.#entry(copy.name);
    const own = copies.get(copy.version);
    own?.delete(copy);
    if (own?.size === 0) copies.delete(copy.version);
    this.changed(copy);
  }

  /** Lets new leases of the version go to this copy; call before announcing it ready. */
  reach(copy: Copy): void {
    const entry = this.#entry(copy.name);
    entry.reachable.set(copy.version, copy);
    entry.newest = newestOf(entry);
  }

  /** Ends new leases on this copy; call before it is drained. */
  unreach(copy: Copy): void {
    const entry = this.#entries.get(copy.name);
    if (entry?.reachable.get(copy.version) !== copy) return;
    entry.reachable.delete(copy.version);
    entry.newest = newestOf(entry);
  }

  /** Announces the state of a copy's version, when the merged view of it changed. */
  changed(copy: Copy): void {
    const entry = this.#entry(copy.name);
    const merged = mergeStatus([...(entry.copies.get(copy.version) ?? [])]);
    const status = merged ?? { name: copy.name, version: copy.version, state: 'gone' as const, reason: '' };
    const before = entry.told.get(copy.version);
    if (entry.copies.size === 0 && this.#entries.delete(copy.name)) this.#names = undefined;
    if (before?.state === status.state && before.reason === status.reason) return;
    if (merged === undefined) entry.told.delete(copy.version);
    else entry.told.set(copy.version, status);
    this.#failing += Number(status.failing === true) - Number(before?.failing === true);
    entry.sorted = undefined;
    this.#versions = undefined;
    for (const listener of this.#listeners) listener(status);
  }

  /** The labels of a servable that is known. */
  label(name: string, labelling: Labelling): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined) entry.labelling = labelling;
  }

  /** The lease a request needs; throws NOT_FOUND or NOT_READY. `version` may be a label; requests with the same `sticky` get the same version. */
  lease(name: string, version: string, sticky?: string): Lease {
    const entry = this.#entries.get(name);
    const copy = entry === undefined ? undefined : chosen(entry, name, version, sticky);
    if (copy?.served === undefined) throw this.#refusal(name, version);
    return copy.leases.take(copy.served);
  }

  /** The version behind a label. */
  labelled(name: string, label: string): string | undefined {
    const version = this.#entries.get(name)?.labelling.labels.get(label);
    return version === undefined ? undefined : String(version);
  }

  versions(): readonly VersionStatus[] {
    this.#names ??= [...this.#entries.keys()].sort((a, b) => a.localeCompare(b));
    this.#versions ??= this.#names.flatMap((name) => this.versionsOf(name));
    return this.#versions;
  }

  versionsOf(name: string): readonly VersionStatus[] {
    const entry = this.#entries.get(name);
    if (entry === undefined) return [];
    entry.sorted ??= [...entry.told.values()].sort((a, b) => Number(a.version) - Number(b.version));
    return entry.sorted;
  }

  failing(): boolean {
    return this.#failing > 0;
  }

  subscribe(listener: (status: VersionStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #entry(name: string): Entry {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const entry: Entry = {
      copies: new Map(),
      told: new Map(),
      reachable: new Map(),
      newest: undefined,
      labelling: unlabelled,
      point: 0,
      sorted: undefined,
    };
    this.#entries.set(name, entry);
    this.#names = undefined;
    return entry;
  }

  #refusal(name: string, version: string): ServingError {
    const known = this.versionsOf(name);
    if (known.length === 0) return new ServingError('NOT_FOUND', `${name}: no such servable`);
    const labelled = this.#entries.get(name)?.labelling.labels.get(version);
    if (labelled !== undefined) return this.#refusal(name, String(labelled)).with(`label ${version}`);
    const own = known.filter((status) => version === '' || status.version === version);
    if (own.length === 0) {
      const list = known.map((status) => status.version).join(', ');
      return new ServingError('NOT_FOUND', `${name}: no version ${version}, known are ${list}`);
    }
    const states = own.map(
      (status) => `version ${status.version} is ${status.state}${status.reason === '' ? '' : ` (${status.reason})`}`,
    );
    return new ServingError('NOT_READY', `${name}: ${states.slice(0, 3).join('; ')}`);
  }
}

/** The copy for a request: of the version or label it names, else by the split, else the highest. */
function chosen(entry: Entry, servable: string, version: string, sticky: string | undefined): Copy | undefined {
  const { labelling, reachable } = entry;
  if (version !== '') return reachable.get(version) ?? reachable.get(String(labelling.labels.get(version) ?? ''));
  if (labelling.split.size === 0) return entry.newest;
  if (sticky === undefined) entry.point = nextPoint(entry.point);
  const point = sticky === undefined ? entry.point : pointOf(servable, sticky);
  const found = versionAt(labelling, point, (own) => reachable.has(own));
  return found === undefined ? entry.newest : reachable.get(found);
}

function newestOf({ reachable }: Entry): Copy | undefined {
  let newest: Copy | undefined;
  for (const copy of reachable.values())
    if (newest === undefined || copy.found.version > newest.found.version) newest = copy;
  return newest;
}
