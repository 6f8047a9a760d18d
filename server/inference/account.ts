// What is known of a call by its end. Whoever learns something writes it down; the transport hands it over once, when the
// call is over, whatever its end.

import type { ServingError } from '../errors.ts';
import type { CallEnd } from '../ledger/call-end.ts';
import type { TraceParent } from '../ledger/traceparent.ts';
import type { ServedModel } from '../model/served.ts';
import type { Grant } from './grant.ts';
import { StageClock } from './stages.ts';

export class Account {
  /** Name and version as the caller sent them; '' where the call names none or did not get that far. */
  servable = '';
  version = '';
  requestId = '';
  /** The version that was leased for the call. */
  model: ServedModel | undefined;
  /** What the caller may do; undefined: everything. */
  grant: Grant | undefined;
  /** Rows of the batch dimension the call asks for. */
  rows = 0;
  /** The caller's W3C trace context. */
  parent: TraceParent | undefined;
  /** Set by protocols whose replies tell failures: the call was answered, and did not go well. */
  failure: ServingError | undefined;
  readonly clock: StageClock;

  /** startedAt: performance.now(). */
  constructor(startedAt: number) {
    this.clock = new StageClock(startedAt);
  }
}

/** Told once of every call, with its record; `error` says why it failed. */
export type CallObserver = (end: CallEnd, account: Account, error: ServingError | undefined) => void;
