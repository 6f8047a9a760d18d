// What requests and health checks ask: which versions exist, which are ready, which one a name means.
//
// A version may have two copies for a while; the directory shows the one that matters most to a caller (a ready one
// before a loading one) and tells its listeners only when that view changes.

import { ServingError } from '../errors.ts';
import type { Copy } from './copy.ts';
import type { Lease, VersionState, VersionStatus } from './served.ts';

const rank: readonly VersionState[] = ['ready', 'loading', 'new', 'draining', 'unloading', 'failed', 'gone'];

interface Reachable {
  /** Ready copies by version. */
  readonly versions: Map<string, Copy>;
  newest: Copy | undefined;
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
  readonly #reachable = new Map<string, Reachable>();
  readonly #copies = new Map<string, Set<Copy>>();
  readonly #told = new Map<string, VersionStatus>();
  readonly #listeners = new Set<(status: VersionStatus) => void>();

  /** Makes a copy known. */
  add(copy: Copy): void {
    const copies = this.#copies.get(copy.label) ?? new Set();
    this.#copies.set(copy.label, copies.add(copy));
    this.changed(copy);
  }

  /** Forgets a copy. */
  remove(copy: Copy): void {
    const copies = this.#copies.get(copy.label);
    copies?.delete(copy);
    if (copies?.size === 0) this.#copies.delete(copy.label);
    this.changed(copy);
  }

  /** Lets new leases of the version go to this copy; call before announcing it ready. */
  reach(copy: Copy): void {
    const entry = this.#reachable.get(copy.name) ?? { versions: new Map(), newest: undefined };
    entry.versions.set(copy.version, copy);
    this.#reachable.set(copy.name, entry);
    this.#chooseNewest(copy.name, entry);
  }

  /** Ends new leases on this copy; call before it is drained. */
  unreach(copy: Copy): void {
    const entry = this.#reachable.get(copy.name);
    if (entry?.versions.get(copy.version) !== copy) return;
    entry.versions.delete(copy.version);
    this.#chooseNewest(copy.name, entry);
  }

  /** Announces the state of a copy's version, when the merged view of it changed. */
  changed(copy: Copy): void {
    const merged = mergeStatus([...(this.#copies.get(copy.label) ?? [])]);
    const status = merged ?? { name: copy.name, version: copy.version, state: 'gone' as const, reason: '' };
    const before = this.#told.get(copy.label);
    if (before?.state === status.state && before.reason === status.reason) return;
    if (merged === undefined) this.#told.delete(copy.label);
    else this.#told.set(copy.label, status);
    for (const listener of this.#listeners) listener(status);
  }

  /** The lease a request needs; throws NOT_FOUND or NOT_READY. */
  lease(name: string, version: string): Lease {
    const entry = this.#reachable.get(name);
    const copy = version === '' ? entry?.newest : entry?.versions.get(version);
    if (copy?.served === undefined) throw this.#refusal(name, version);
    return copy.leases.take(copy.served);
  }

  versions(): readonly VersionStatus[] {
    return [...this.#told.values()].sort(
      (a, b) => a.name.localeCompare(b.name) || Number(a.version) - Number(b.version),
    );
  }

  subscribe(listener: (status: VersionStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #chooseNewest(name: string, entry: Reachable): void {
    if (entry.versions.size === 0) this.#reachable.delete(name);
    entry.newest = [...entry.versions.values()].sort((a, b) => b.found.version - a.found.version)[0];
  }

  #refusal(name: string, version: string): ServingError {
    const known = this.versions().filter((status) => status.name === name);
    if (known.length === 0) return new ServingError('NOT_FOUND', `${name}: no such servable`);
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
