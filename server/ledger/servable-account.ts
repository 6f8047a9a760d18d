// What was counted of one servable: its versions, what was refused before a version took it, and its objective.

import { Budget } from './budget.ts';
import type { CallEnd } from './call-end.ts';
import { endCodes } from './calls.ts';
import { VersionAccount } from './version-account.ts';

export class ServableAccount {
  readonly name: string;
  readonly budget: Budget = new Budget();
  /** Calls that no version took, by code. */
  readonly refused: Float64Array = new Float64Array(endCodes.length);
  readonly #versions = new Map<string, VersionAccount>();
  /** The repository holds it. */
  known = true;

  constructor(name: string) {
    this.name = name;
  }

  get versions(): Iterable<VersionAccount> {
    return this.#versions.values();
  }

  version(version: string): VersionAccount | undefined {
    return this.#versions.get(version);
  }

  /** Nothing is left to count. */
  get over(): boolean {
    return !this.known && this.#versions.size === 0;
  }

  end(call: CallEnd, place: number): void {
    this.budget.count(call.code, call.totalNs, call.endedAt);
    const version = this.#versions.get(call.version);
    if (version === undefined) this.refused[place] = (this.refused[place] ?? 0) + 1;
    else version.end(call, place);
  }

  /** A copy of a version begins to serve. */
  open(version: string): VersionAccount {
    const account = this.#versions.get(version) ?? new VersionAccount(this.name, version);
    this.#versions.set(version, account);
    account.copies += 1;
    return account;
  }

  /** A copy is gone; the account of its version ends with the last. True when it did. */
  close(account: VersionAccount): boolean {
    account.copies -= 1;
    if (account.copies > 0) return false;
    return this.#versions.get(account.version) === account && this.#versions.delete(account.version);
  }
}
