// Calls a server sends itself over its own socket before it says that it is ready.

import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseAddress } from '../address.ts';
import { HEAD_SIZE, writeHead } from './replies.ts';

/** Enough for the functions on the way to be compiled, too few to be felt at a start. */
const CALLS = 24;

/** However it goes, a start does not wait longer. */
const LONGEST_MS = 1000;

/** Addresses that mean all of a machine's, and what of it is called. */
const LOOPBACK: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/** Sends the calls one after another; resolves when they were answered or cannot be, throws nothing. */
export async function rehearse(address: string, path: string, message: Buffer): Promise<void> {
  const session = open(address);
  session.on('error', () => {});
  session.setTimeout(LONGEST_MS, () => session.destroy());
  const frame = Buffer.alloc(HEAD_SIZE + message.length);
  writeHead(frame, message.length);
  message.copy(frame, HEAD_SIZE);
  const late = setTimeout(() => session.destroy(), LONGEST_MS);
  for (let call = 0; call < CALLS && !session.destroyed; call++) await send(session, path, frame);
  clearTimeout(late);
  session.close();
}

/** Lends the address of a socket in a folder that only this user can enter; does nothing where no such folder can be made. Throws nothing. */
export async function withPrivateSocket(use: (address: string) => Promise<void>): Promise<void> {
  try {
    const folder = await mkdtemp(path.join(tmpdir(), 'mindird-'));
    await use(`unix:${path.join(folder, 's')}`).finally(() => rm(folder, { recursive: true, force: true }));
  } catch {
    // Without a rehearsal the first callers wait a few milliseconds longer.
  }
}

function open(address: string): ClientHttp2Session {
  const parsed = parseAddress(address);
  if ('path' in parsed) return connect('http://localhost', { createConnection: () => connectSocket(parsed.path) });
  const host = LOOPBACK.get(parsed.host) ?? parsed.host;
  return connect(`http://${host.includes(':') ? `[${host}]` : host}:${parsed.port}`);
}

function send(session: ClientHttp2Session, path: string, frame: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': '1S',
    });
    stream.on('error', () => {});
    stream.on('close', resolve);
    stream.resume();
    stream.end(frame);
  });
}
