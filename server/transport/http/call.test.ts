import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { httpOptions } from '../../../test/support/http-options.ts';
import { patienceMs, until } from '../../../test/support/until.ts';
import { ServingError } from '../../errors.ts';
import type { Keeper } from '../../inference/grant.ts';
import type { CallEnd } from '../../ledger/call-end.ts';
import { type HttpCallRoute, jsonLine, smallCall } from '../../protocol/http-route.ts';
import { ByteGate } from '../memory/byte-gate.ts';
import { codingFor } from './coding.ts';
import { HttpTransport } from './server.ts';

const ends: CallEnd[] = [];
const bugs: string[] = [];
const gate = new ByteGate(2 ** 27);
const keeper: Keeper = {
  admit: (_session, headers, group) => {
    if (group === 'health') return undefined;
    if (headers['x-api-key'] === undefined) throw new ServingError('UNAUTHENTICATED', 'no key');
    return { name: 'k', everything: false, allows: (servable) => servable === 'mine' };
  },
};
const held: (() => void)[] = [];
const large: HttpCallRoute = {
  method: 'GET',
  path: '/large/:model',
  exchange: (_body, call) => {
    call.answer({ status: 200, type: 'text/plain', body: [call.reserve(2 ** 26).fill(0x61)] });
    call.release();
  },
};
const routes: readonly HttpCallRoute[] = [
  smallCall({ method: 'POST', path: '/ask/:model' }, ({ model }, body) => jsonLine({ model, length: body.length })),
  smallCall({ method: 'GET', path: '/health', group: 'health' }, () => jsonLine({})),
  smallCall({ method: 'GET', path: '/bug', about: () => undefined }, () => {
    throw new Error('a secret of the server');
  }),
  smallCall({ method: 'GET', path: '/held', about: () => undefined }, async () => {
    await new Promise<void>((resolve) => held.push(resolve));
    return jsonLine({ held: true });
  }),
  large,
];
const http = new HttpTransport(
  httpOptions({
    gate,
    keeper,
    peerTimeoutMs: 300,
    observe: (end) => ends.push(end),
    failed: (error) => bugs.push(error.message),
  }),
  routes,
);
const key = { 'x-api-key': 'any' };

before(() => http.start());

const ask = (path: string, options: RequestInit = {}): Promise<Response> =>
  fetch(`http://${http.address}${path}`, options);

after(async () => {
  await http.stop();
  assert.equal(gate.held, 0);
});

test('http calls: who may not ask is refused, and counted once', async () => {
  const from = ends.length;
  for (const [path, headers, status] of [
    ['/ask/mine', {}, 401],
    ['/ask/other', key, 403],
    ['/ask/mine', key, 200],
  ] as const)
    assert.equal((await ask(path, { method: 'POST', headers, body: 'abc' })).status, status);
  assert.equal((await ask('/health')).status, 200);
  await until(() => ends.length === from + 4, 'the calls to end');
  assert.deepEqual(
    ends.slice(from).map(({ method, code }) => `${method} ${code}`),
    ['POST /ask/:model UNAUTHENTICATED', 'POST /ask/:model PERMISSION_DENIED', 'POST /ask/:model OK', 'GET /health OK'],
  );
});

test('http calls: a bug is told by its code alone', async () => {
  const answer = await ask('/bug', { headers: key });
  assert.deepEqual([answer.status, /secret/.test(await answer.text())], [500, false]);
  assert.equal(ends.at(-1)?.code, 'INTERNAL');
});

test('http calls: a client that goes away while its reply is sent is counted as such, and its bytes are given back', async () => {
  const from = ends.length;
  const { port } = new URL(`http://${http.address}`);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /large/mine HTTP/1.1\r\nHost: localhost\r\nx-api-key: k\r\n\r\n');
  await once(socket, 'data');
  socket.pause();
  assert.ok(gate.held >= 2 ** 26);
  socket.destroy();
  await until(() => ends.length === from + 1, 'the call to end');
  assert.equal(ends.at(-1)?.code, 'CANCELLED');
  await until(() => gate.held === 0, 'the bytes to be given back');
});

test('http calls: what a client takes of codings is what it says', () => {
  const pieces = [new Uint8Array(2000)];
  for (const [accepted, coding] of [
    ['', undefined],
    ['identity', undefined],
    ['gzip', 'gzip'],
    ['deflate, gzip;q=0.5', 'gzip'],
    ['gzip;q=0, deflate', 'deflate'],
    ['gzip;q=0.000', undefined],
    ['br', undefined],
  ] as const)
    assert.equal(codingFor(accepted, pieces), coding, accepted);
  assert.equal(codingFor('gzip', [new Uint8Array(10)]), undefined);
});

test('http calls: a drain waits for calls that are open and takes no more; connections close behind their replies', async () => {
  const open = ask('/held', { headers: key });
  await until(() => held.length === 1, 'the call to be taken');
  const drained = http.drain(patienceMs);
  const refused = await ask('/ask/mine', { method: 'POST', headers: key, body: '' });
  assert.deepEqual([refused.status, refused.headers.get('connection')], [503, 'close']);
  held[0]?.();
  assert.deepEqual([(await open).status, await drained], [200, true]);
});
