// These tests fail when an upgrade of @grpc/grpc-js moves what library.ts relies on.

import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect, createServer, type Settings } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { after, before, test } from 'node:test';
import type { Server } from '@grpc/grpc-js';
import { FakeServer } from '../../../test/support/fake-server.ts';
import { until } from '../../../test/support/until.ts';
import { HTTP2_SETTINGS, onHttp2Server, takeStreams, tuneSettings } from './library.ts';

const server = new FakeServer({ maxConnections: 2, maxStreams: 7 });
let url = '';

before(async () => {
  url = `http://${await server.start()}`;
});

after(() => server.stop());

test('private: a session announces our settings and the configured streams', async () => {
  const session: ClientHttp2Session = connect(url);
  const settings = await new Promise<Settings>((resolve) => session.once('remoteSettings', resolve));
  assert.equal(settings.maxFrameSize, HTTP2_SETTINGS.maxFrameSize);
  assert.equal(settings.initialWindowSize, HTTP2_SETTINGS.initialWindowSize);
  assert.equal(settings.maxConcurrentStreams, 7);
  await until(
    () => (session.state.remoteWindowSize ?? 0) > HTTP2_SETTINGS.initialWindowSize,
    'the session window arrives',
  );
  assert.equal(session.state.remoteWindowSize, HTTP2_SETTINGS.sessionWindowSize);
  session.destroy();
  await until(() => server.grpc.connections === 0, 'the connection is counted out');
});

test('private: connections over the limit are closed, and room is found again', async () => {
  const port = Number(new URL(url).port);
  const open = [connectSocket(port, '127.0.0.1'), connectSocket(port, '127.0.0.1')];
  await until(() => server.grpc.connections === 2, 'two connections');
  const third = connectSocket(port, '127.0.0.1');
  third.on('error', () => {});
  await new Promise((resolve) => third.once('close', resolve));
  for (const socket of open) socket.destroy();
  await until(() => server.grpc.connections === 0, 'all connections closed');
  const fourth = connectSocket(port, '127.0.0.1');
  await until(() => server.grpc.connections === 1, 'a new connection is taken');
  fourth.destroy();
});

test('private: a member that is not there fails loudly', () => {
  const resets = { burst: 1, rate: 1 };
  assert.throws(() => tuneSettings({} as Server, resets), /commonServerOptions is not where version 1\.14 has it/);
  assert.throws(() => onHttp2Server({} as Server, () => {}), /_setupHandlers is not where/);
  const http2Server = createServer();
  assert.throws(() => takeStreams(http2Server, () => false), /listener of Http2Server's 'stream' is not where/);
});
