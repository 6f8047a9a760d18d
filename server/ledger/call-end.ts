// How a call ended: the one record that everything counted is counted from. The end point of the exchange fills it and gives it to
// Ledger.end(), once for every call that reached the server, whatever became of it.

import type { ErrorCode } from '../errors.ts';
import type { RequestTimes } from '../model/served.ts';
import type { TraceParent } from './traceparent.ts';

/** 'OK' or a key of the error table. */
export type EndCode = 'OK' | ErrorCode;

export interface CallEnd {
  /** Path of the method, `/package.Service/Method`, as the caller wrote it; paths that are not served are counted as one. */
  readonly method: string;
  /** The servable an inference asked for, as it wrote it, known or not; '' where none was read, and for every method that is no inference. */
  readonly servable: string;
  /** The version that took the request; before one did, the version asked for, or ''. */
  readonly version: string;
  /** What the caller saw: a result that came after its deadline is DEADLINE_EXCEEDED, however well it was computed. */
  readonly code: EndCode;
  /** performance.now() at the end. */
  readonly endedAt: number;
  /** From the first byte of the request (or the start of the call, where none came) to the end. */
  readonly totalNs: number;
  /** The stages of `totalNs`, where the request reached a model; they are kept of those that succeeded. */
  readonly times: RequestTimes | undefined;
  /** Rows answered; 0 for what failed. */
  readonly rows: number;
  /** Bytes of the request and response messages, as they are without compression. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The caller's own id of the request, and its address; '' for none. */
  readonly requestId: string;
  readonly peer: string;
  /** The caller's `traceparent`, where it sent a valid one (parseTraceparent). */
  readonly parent: TraceParent | undefined;
}
