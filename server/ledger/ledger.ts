// The one place where calls are counted. ModelStatistics, the status page, /metrics and /slo read it; nothing counts beside it.
//
//   end(call) ─► calls by method and code
//             └► servable ─► objective and budget
//                        └─► version: codes, durations, stages, statistics     or, when no version took it: refused, by code

import type { ServableConfig } from '../config/servable-fields.ts';
import type { CallEnd } from './call-end.ts';
import { CallCounts, codePlace } from './calls.ts';
import { ServableAccount } from './servable-account.ts';
import { Slowest } from './slowest.ts';
import type { VersionAccount } from './version-account.ts';

/** What the end point of every call needs of the ledger. */
export interface CallLedger {
  /** Counts one call; called exactly once for each. Constant time; keeps nothing of the record but its numbers and, of few, its ids. */
  end(call: CallEnd): void;
}

export class Ledger implements CallLedger {
  readonly calls: CallCounts = new CallCounts();
  readonly slowest: Slowest = new Slowest();
  readonly #servables = new Map<string, ServableAccount>();
  #watcher: ((call: CallEnd) => void) | undefined;

  /** The paths whose calls are counted by name; those of every other path are counted together. */
  serve(paths: Iterable<string>): void {
    this.calls.serve(paths);
  }

  end(call: CallEnd): void {
    const place = codePlace(call.code);
    this.calls.count(call.method, place);
    this.#watcher?.(call);
    if (call.servable === '') return;
    const servable = this.#servables.get(call.servable);
    if (servable === undefined) return;
    servable.end(call, place);
    this.slowest.offer(call);
  }

  /** Shows every call to one that makes more of it than numbers. */
  watch(watcher: (call: CallEnd) => void): void {
    this.#watcher = watcher;
  }

  /** Accounts of the servables that are known, or still served. */
  get servables(): Iterable<ServableAccount> {
    return this.#servables.values();
  }

  servable(name: string): ServableAccount | undefined {
    return this.#servables.get(name);
  }

  /** The repository holds a servable with this objective, whether any version of it is ready or not. `now` of performance.now(). */
  known(name: string, slo: ServableConfig['slo'], now: number): void {
    const account = this.#servables.get(name) ?? new ServableAccount(name);
    this.#servables.set(name, account);
    account.known = true;
    account.budget.set(slo, now);
  }

  /** The repository holds it no more; what its versions still answer is counted. */
  forgotten(name: string): void {
    const account = this.#servables.get(name);
    if (account === undefined) return;
    account.known = false;
    if (account.over) this.#servables.delete(name);
  }

  /** A copy of a version begins to serve. */
  open(name: string, version: string): VersionAccount {
    const servable = this.#servables.get(name) ?? new ServableAccount(name);
    this.#servables.set(name, servable);
    return servable.open(version);
  }

  /** A copy is gone; true when it was the last of its version. */
  close(account: VersionAccount): boolean {
    const servable = this.#servables.get(account.name);
    const ended = servable?.close(account) ?? false;
    if (servable?.over === true) this.#servables.delete(account.name);
    return ended;
  }
}
