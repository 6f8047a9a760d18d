// One copy of a version: its state, its files, and once loaded the model and the leases on it.

import type { ServableConfig } from '../config/servable-fields.ts';
import { LeaseCounter } from './lease.ts';
import { isLegal } from './lifecycle.ts';
import type { OpenMetrics } from './observer.ts';
import type { FoundVersion } from './repository.ts';
import type { VersionState } from './served.ts';
import type { ServedVersion } from './served-version.ts';
import type { Snapshot } from './version-policy.ts';

export class Copy {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  /** `lenet/3` */
  readonly label: string;
  readonly found: FoundVersion;
  readonly config: ServableConfig | undefined;
  readonly leases: LeaseCounter;
  wanted = true;
  present = true;
  served: ServedVersion | undefined;
  metrics: OpenMetrics | undefined;
  #state: VersionState = 'new';
  #reason = '';

  constructor(
    id: number,
    name: string,
    found: FoundVersion,
    config: ServableConfig | undefined,
    onDrained: () => void,
  ) {
    this.id = id;
    this.name = name;
    this.version = String(found.version);
    this.label = `${name}/${found.version}`;
    this.found = found;
    this.config = config;
    // Requests come and go all the time; only the end of a drain is an event.
    this.leases = new LeaseCounter(() => {
      if (this.#state === 'draining') onDrained();
    });
  }

  get state(): VersionState {
    return this.#state;
  }

  /** Why it failed; '' otherwise. */
  get reason(): string {
    return this.#reason;
  }

  /** Moves to another state; an illegal move is a bug. */
  move(to: VersionState, reason = ''): void {
    if (!isLegal(this.#state, to)) throw new Error(`${this.label}: cannot go from ${this.#state} to ${to}`);
    this.#state = to;
    this.#reason = reason;
  }

  /** The copy as the policy sees it. */
  snapshot(): Snapshot {
    return {
      id: this.id,
      name: this.name,
      version: this.found.version,
      fingerprint: this.found.fingerprint,
      state: this.#state,
      wanted: this.wanted,
      present: this.present,
      leases: this.leases.count,
      bytes: this.found.bytes,
    };
  }
}
