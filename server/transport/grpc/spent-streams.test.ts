import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { until } from '../../../test/support/until.ts';
import { SpentStreams } from './spent-streams.ts';

test('spent streams: what ended is closed, deaf to errors and refers to nothing of its call', async () => {
  const spent = new SpentStreams();
  const ended: ServerHttp2Stream[] = [];
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('close', () => {
      ended.push(stream);
      spent.add(stream);
    });
    stream.resume();
    stream.respond({ ':status': 200, 'x-call': String(ended.length) });
    stream.end('reply');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  for (let call = 0; call < 3; call++) {
    const stream = session.request();
    stream.resume();
    await once(stream, 'close');
  }
  await until(() => ended.length === 3 && ended.every((stream) => stream.session === undefined), 'all are emptied');
  for (const stream of ended) {
    assert.deepEqual([stream.closed, stream.destroyed], [true, true]);
    assert.equal(stream.listenerCount('close'), 0);
    assert.ok(stream.emit('error', new Error('late')));
    assert.equal(stream.sentHeaders['x-call'], '0', 'the headers of the first');
  }
  session.close();
  server.close();
});
