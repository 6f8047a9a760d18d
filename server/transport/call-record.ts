// The record of an ended request for those who count.

import type { ServingError } from '../errors.ts';
import type { Account, CallObserver } from '../inference/account.ts';
import type { EndCode } from '../ledger/call-end.ts';

export interface Ended {
  readonly method: string;
  readonly code: EndCode;
  readonly error: ServingError | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly peer: string;
}

/** Tells the observer of one request that is over now; called once for each. */
export function tellEnd(observe: CallObserver, account: Account, ended: Ended): void {
  const { method, code, error, bytesIn, bytesOut, peer } = ended;
  const endedAt = performance.now();
  const times = account.clock.times(endedAt);
  observe(
    {
      method,
      servable: account.servable,
      version: account.model?.version ?? account.version,
      code,
      endedAt,
      totalNs: times.totalNs,
      times: account.model === undefined ? undefined : times,
      rows: code === 'OK' ? account.rows : 0,
      bytesIn,
      bytesOut,
      requestId: account.requestId,
      peer: error === undefined ? '' : peer,
      parent: account.parent,
    },
    account,
    error,
  );
}
