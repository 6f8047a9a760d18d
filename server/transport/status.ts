// ServingError → what a gRPC or HTTP caller gets.

import { CODES, callerMessage, type ServingError } from '../errors.ts';

/** Longest status text: it travels in a header, and header blocks are limited. */
const LONGEST = 1000;

export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
}

/** gRPC status of an error. */
export function grpcStatus(error: ServingError): GrpcStatus {
  return { code: CODES[error.code].grpc, details: clean(callerMessage(error)) };
}

/** HTTP status and JSON body of an error. */
export function httpStatus(error: ServingError): {
  readonly status: number;
  readonly body: { readonly error: string; readonly code: string };
} {
  return { status: CODES[error.code].http, body: { error: callerMessage(error), code: error.code } };
}

/** Text that survives percent-encoding: cut, and without halves of surrogate pairs. */
function clean(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return Buffer.from(cut, 'utf8').toString('utf8');
}
