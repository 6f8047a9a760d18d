// The form of every reply of the HTTP port.

import type { ServingError } from '../../errors.ts';
import { type HttpReply, jsonLine } from '../../protocol/http-route.ts';
import { httpStatus } from '../status.ts';

/** When a client may try again after a refusal for want of room, in seconds, where nobody knows better. */
const retryAfter = '1';

/** A failure as JSON with its status. */
export function errorReply(error: ServingError): HttpReply {
  const { status, body } = httpStatus(error);
  const reply = jsonLine(body, status);
  return error.code === 'OVERLOADED' ? { ...reply, headers: { 'retry-after': retryAfter } } : reply;
}

/** Headers of a reply whose body has `length` bytes. */
export function headersOf({ type, headers }: HttpReply, length: number): Record<string, string | number> {
  return {
    'content-type': type,
    'content-length': length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...headers,
  };
}

export function piecesOf(body: HttpReply['body']): readonly Uint8Array[] {
  return typeof body === 'string' ? [Buffer.from(body, 'utf8')] : body;
}
