// One HTTP/2 connection for unary gRPC calls. A call may be sent once the server has announced its settings: before that nothing says that
// anybody took the connection. It ends once, with one of the kinds of tally.mjs.

import http2 from 'node:http2';
import { outputsOf, wrongReply } from './wire.mjs';

const kPath = '/inference.GRPCInferenceService/ModelInfer';
const { NGHTTP2_REFUSED_STREAM, NGHTTP2_CANCEL } = http2.constants;
const kUnavailable = 14;
const kExhausted = 8;
const kLate = 4;

/** Resolves to a session that has its peer's settings, or rejects. */
export function connect(address) {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`http://${address}`);
    session.once('remoteSettings', () => resolve(session));
    session.once('error', reject);
    session.once('close', () => reject(new Error('the connection closed')));
    // Later errors reach every stream of the session.
    session.on('error', () => undefined);
  });
}

/** Whether a session takes more calls. */
export const isOpen = (session) => !session.closed && !session.destroyed;

function kindOf(status, headers, body, request) {
  const why = `${status} ${decodeURIComponent(headers['grpc-message'] ?? '')}`;
  if (status === 0) {
    request.expected ??= outputsOf(body);
    const wrong = wrongReply(body, request.expected);
    return wrong === undefined ? { kind: 'ok' } : { kind: 'wrong', why: wrong };
  }
  if (status === kUnavailable || status === kExhausted)
    return { kind: 'refused', why, hint: headers['grpc-retry-pushback-ms'] !== undefined };
  return { kind: status === kLate ? 'late' : 'failed', why };
}

/**
 * Sends one request ({body, expected}; without `expected` the first answer says what is right); `end` is called once with how it ended. Returns a function that gives the call up, for callers whose deadline has passed.
 * Throws when the session takes no more calls, in which case nothing was sent.
 */
export function call(session, request, timeoutMs, end) {
  const stream = session.request({
    ':method': 'POST',
    ':path': kPath,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(timeoutMs === undefined ? {} : { 'grpc-timeout': `${Math.max(1, Math.round(timeoutMs * 1000))}u` }),
  });
  const parts = [];
  let headers = {};
  let error = '';
  let givenUp = false;
  const take = (block) => {
    headers = { ...headers, ...block };
  };
  stream.on('response', take);
  stream.on('trailers', take);
  stream.on('data', (part) => parts.push(part));
  stream.on('error', (caught) => {
    error = caught.message;
  });
  stream.on('close', () => {
    const status = headers['grpc-status'];
    if (status !== undefined) return end(kindOf(Number(status), headers, Buffer.concat(parts), request));
    if (stream.rstCode === NGHTTP2_REFUSED_STREAM) return end({ kind: 'refused', why: 'the stream was not taken' });
    if (givenUp) return end({ kind: 'late', why: 'given up by the caller' });
    end({ kind: 'lost', why: `${error || 'the stream ended'}, reset code ${stream.rstCode}` });
  });
  stream.end(request.body);
  return () => {
    givenUp = true;
    stream.close(NGHTTP2_CANCEL);
  };
}
