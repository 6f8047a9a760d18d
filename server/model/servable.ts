// One servable: what the last look found of it, and the copies made of its versions.

import type { ServableConfig } from '../config/servable-fields.ts';
import type { Copy } from './copy.ts';
import { type Labelling, labellingOf, unlabelled } from './labels.ts';
import { isPending } from './lifecycle.ts';
import type { FoundServable, FoundVersion } from './repository.ts';
import type { VersionPolicy, Wanted } from './version-policy.ts';
import { wantedVersions } from './version-policy.ts';
import type { SetVersions } from './version-states.ts';

/** How many copies of a servable stand in the way of something. */
export interface Standing {
  /** Wanted and not yet ready or failed: start-up is not over. */
  readonly pending: number;
  /** Neither failed nor loading: a stop waits for them. */
  readonly busy: number;
}

export class Servable {
  readonly name: string;
  /** undefined when it is not in the repository (any more). */
  found: FoundServable | undefined;
  readonly copies: Map<number, Copy> = new Map();
  /** Set by calls; undefined: those of the configuration. */
  #labelling: Labelling | undefined;
  #before: Labelling | undefined;
  /** The version that a rollback chose, and the highest there was then. */
  #pinned: { readonly version: number; readonly highest: number } | undefined;
  #settled: ServableConfig | undefined;
  /** What calls had set before the server was started, until the configuration is known. */
  #kept: SetVersions | undefined;
  /** As last counted. */
  standing: Standing = { pending: 0, busy: 0 };

  constructor(name: string, kept?: SetVersions) {
    this.name = name;
    this.#kept = kept;
  }

  /** What calls set; undefined: nothing, all is as configured. */
  get set(): SetVersions | undefined {
    if (this.#kept !== undefined) return this.#kept;
    const [labelling, before, pinned] = [this.#labelling, this.#before, this.#pinned];
    if (this.#settled === undefined || (labelling === undefined && pinned === undefined)) return undefined;
    return { versions: sectionText(this.#settled), labelling, before, pinned };
  }

  /** Nothing of it is left. */
  get isGone(): boolean {
    return this.found === undefined && this.copies.size === 0;
  }

  /** The labels in force. */
  get labelling(): Labelling {
    return this.#labelling ?? this.#configured(this.found?.config);
  }

  /** The labels before the last change, by a call or by the configuration. */
  get before(): Labelling | undefined {
    return this.#before;
  }

  /** The one version that is served; undefined: those of the configuration are. */
  get pinned(): number | undefined {
    return this.#pinned?.version;
  }

  /** Puts other labels in force, until the configuration changes. */
  relabel(labelling: Labelling): void {
    this.#before = this.labelling;
    this.#labelling = labelling;
  }

  /** Serves this version alone, until the configuration changes or there is a higher version than now. */
  pin(version: number): void {
    this.#pinned = { version, highest: highestOf(this.found) };
  }

  /** What calls set ends where what was found changed. */
  refresh(): void {
    const config = this.found?.config;
    if (config !== undefined && config !== this.#settled) {
      const former = this.#labelling ?? this.#configured(this.#settled);
      if (this.#settled !== undefined && former.labels.size > 0) this.#before = former;
      this.#settled = config;
      const kept = this.#kept?.versions === sectionText(config) ? this.#kept : undefined;
      this.#kept = undefined;
      this.#labelling = kept?.labelling;
      this.#before = kept?.before ?? this.#before;
      this.#pinned = kept?.pinned;
    }
    if (this.#pinned !== undefined && highestOf(this.found) > this.#pinned.highest) this.#pinned = undefined;
  }

  #configured(config: ServableConfig | undefined): Labelling {
    if (config === undefined) return unlabelled;
    return labellingOf(config.versions.labels, config.versions.split);
  }

  /** Marks every copy as not wanted and not present. */
  unmark(): void {
    for (const copy of this.copies.values()) {
      copy.wanted = false;
      copy.present = false;
    }
  }

  /**
   * Marks which copies are wanted and whose files are still there, and returns the versions that are wanted and have no copy.
   * `isSteady` tells which versions are complete; the others keep the copies made from their former files.
   */
  mark(policy: VersionPolicy, isSteady: (version: number) => boolean): readonly FoundVersion[] {
    this.unmark();
    if (this.found === undefined) return [];
    const { versions } = this.found;
    const copies = [...this.copies.values()];
    const steady = new Map<string, FoundVersion>();
    const changing = new Set<number>();
    for (const found of versions) {
      if (isSteady(found.version)) steady.set(keyOf(found), found);
      else changing.add(found.version);
    }
    const former = copies
      .filter((copy) => changing.has(copy.found.version) && copy.state === 'ready')
      .map((copy) => copy.found);
    const candidates = [...steady.values(), ...former];
    const present = new Set(candidates.map(keyOf));
    const byKey = new Map<string, Copy[]>();
    for (const copy of copies) {
      const key = keyOf(copy.found);
      copy.present = present.has(key);
      byKey.set(key, [...(byKey.get(key) ?? []), copy]);
    }
    const snapshots = copies.map((copy) => copy.snapshot());
    const missing: FoundVersion[] = [];
    for (const wanted of wantedVersions(policy, candidates, snapshots)) {
      const key = keyOf(wanted);
      const own = byKey.get(key) ?? [];
      for (const copy of own) copy.wanted = true;
      const found = steady.get(key);
      if (own.length === 0 && found !== undefined) missing.push(found);
    }
    return missing;
  }

  /** Counts anew. */
  count(): Standing {
    let [pending, busy] = [0, 0];
    for (const { state, wanted } of this.copies.values()) {
      if (wanted && isPending(state)) pending += 1;
      if (state !== 'loading' && state !== 'failed') busy += 1;
    }
    return { pending, busy };
  }
}

/** What the configuration says of versions. */
function sectionText({ versions }: ServableConfig): string {
  return JSON.stringify(versions);
}

function highestOf(found: FoundServable | undefined): number {
  return Math.max(0, ...(found?.versions ?? []).map(({ version }) => version));
}

function keyOf({ version, fingerprint }: Wanted): string {
  return `${version} ${fingerprint}`;
}
