// The one place where calls are counted. ModelStatistics, the status page, /metrics and /slo read it; nothing counts beside it.

import type { CallEnd, EndCode } from './call-end.ts';
import { CallCounts, codePlace } from './calls.ts';

/** What the end point of every call needs of the ledger. */
export interface CallLedger {
  /** Counts one call; called exactly once for each. Constant time; keeps nothing of the record but its numbers and, of few, its ids. */
  end(call: CallEnd): void;
}

export class Ledger implements CallLedger {
  readonly calls: CallCounts = new CallCounts();

  /** The paths whose calls are counted by name; those of every other path are counted together. */
  serve(paths: Iterable<string>): void {
    this.calls.serve(paths);
  }

  end(call: CallEnd): void {
    const code: EndCode = call.code === 'OK' && !call.delivered ? 'CANCELLED' : call.code;
    this.calls.count(call.method, codePlace(code));
  }
}
