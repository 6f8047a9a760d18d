// Good and bad requests against a latency objective, counted exactly: at the threshold itself, not at a bucket edge.

import type { ErrorCode } from '../errors.ts';
import { isErrorCode } from '../errors.ts';

/** Failures that are the caller's own; they say nothing about the service. */
const callersOwn: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'CANCELLED',
  'TOO_LARGE',
]);

export class SloCounter {
  #latencyNs: number | undefined;
  good = 0;
  bad = 0;

  /** latencyMs null = no objective, nothing is counted. */
  objective(latencyMs: number | null): void {
    this.#latencyNs = latencyMs === null ? undefined : latencyMs * 1e6;
  }

  /** Counts one finished request; `code` is 'OK' or a key of the error table. */
  count(code: string, totalNs: number): void {
    if (this.#latencyNs === undefined) return;
    if (code === 'OK' && totalNs <= this.#latencyNs) this.good += 1;
    else if (!isErrorCode(code) || !callersOwn.has(code)) this.bad += 1;
  }
}
