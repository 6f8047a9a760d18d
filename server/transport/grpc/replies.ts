// Header blocks of replies.

import type { OutgoingHttpHeaders } from 'node:http2';
import type { ServingError } from '../../errors.ts';
import { ENCODINGS } from '../memory/inflate.ts';
import { grpcStatus } from '../status.ts';

/** Before the first message of a reply. */
export const REPLY_HEADERS: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': ENCODINGS,
};

/** For a request that is not gRPC at all ("If Content-Type does not begin with "application/grpc", gRPC servers SHOULD respond with HTTP status of 415"). */
export const NOT_GRPC: OutgoingHttpHeaders = { ':status': 415 };

/** The end of a call that went well. */
export const OK_TRAILERS: OutgoingHttpHeaders = { 'grpc-status': '0' };

/** When a caller may try again after a refusal for want of room, where nobody knows better (gRPC's retry design, "Server Pushback"). */
export const PUSHBACK_MS: number = 100;

/** The end of a call that did not. */
export interface FailureHeaders {
  /** As a reply without messages. */
  readonly alone: OutgoingHttpHeaders;
  /** Behind some. */
  readonly trailers: OutgoingHttpHeaders;
}

let refusal: ServingError | undefined;
let refusalHeaders: FailureHeaders | undefined;

/** Headers for an error. Those of a refusal that is told again, as that of a full queue is, are made once. */
export function failureHeaders(error: ServingError): FailureHeaders {
  if (error === refusal && refusalHeaders !== undefined) return refusalHeaders;
  const { code, details } = grpcStatus(error);
  const isRefusal = error.code === 'OVERLOADED';
  const trailers = {
    'grpc-status': String(code),
    ...(details === '' ? {} : { 'grpc-message': encodeURI(details) }),
    ...(isRefusal ? { 'grpc-retry-pushback-ms': String(PUSHBACK_MS) } : {}),
  };
  const made = { alone: { ...REPLY_HEADERS, ...trailers }, trailers };
  if (isRefusal) [refusal, refusalHeaders] = [error, made];
  return made;
}

/** Writes the five bytes before a message. */
export function writeHead(frame: Buffer, length: number): void {
  frame[0] = 0;
  frame.writeUInt32BE(length, 1);
}

export const HEAD_SIZE = 5;
