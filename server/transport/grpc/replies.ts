// Header blocks of replies.

import type { OutgoingHttpHeaders } from 'node:http2';
import { ENCODINGS } from '../memory/inflate.ts';

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

/** The end of a call that did not, as headers of a reply without messages or as trailers behind some. */
export function statusHeaders(code: number, details: string): OutgoingHttpHeaders {
  return { 'grpc-status': String(code), ...(details === '' ? {} : { 'grpc-message': encodeURI(details) }) };
}

/** Writes the five bytes before a message. */
export function writeHead(frame: Buffer, length: number): void {
  frame[0] = 0;
  frame.writeUInt32BE(length, 1);
}

export const HEAD_SIZE = 5;
