// What the headers of a call say before any message: its path, deadline, encoding and trace.

import type { IncomingHttpHeaders } from 'node:http2';
import { ServingError } from '../../errors.ts';
import type { TraceParent } from '../../ledger/traceparent.ts';
import { parseTraceparent } from '../../ledger/traceparent.ts';
import { parseTimeout } from './timeout.ts';

export interface CallHead {
  readonly path: string;
  readonly encoding: string;
  /** On the clock of performance.now(); Infinity for none. */
  readonly deadlineAt: number;
  readonly parent: TraceParent | undefined;
  readonly isGrpc: boolean;
  /** What is wrong with them. */
  readonly problem: ServingError | undefined;
}

/** Reads the headers of a call that began at `startedAt`. */
export function readHead(headers: IncomingHttpHeaders, startedAt: number): CallHead {
  const timeout = text(headers, 'grpc-timeout');
  const timeoutMs = timeout === '' ? Number.POSITIVE_INFINITY : parseTimeout(timeout);
  return {
    path: text(headers, ':path'),
    encoding: text(headers, 'grpc-encoding'),
    deadlineAt: startedAt + (timeoutMs ?? Number.POSITIVE_INFINITY),
    parent: parseTraceparent(text(headers, 'traceparent')),
    isGrpc: text(headers, 'content-type').startsWith('application/grpc'),
    problem:
      timeoutMs === undefined
        ? new ServingError('INVALID_ARGUMENT', `grpc-timeout: is ${JSON.stringify(timeout)}, want digits and a unit`)
        : undefined,
  };
}

/** A header as text; '' when it is absent or was sent more than once. */
function text(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
