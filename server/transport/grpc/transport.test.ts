import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { compressionAlgorithms, status } from '@grpc/grpc-js';
import { FakeServer, type FakeServerOptions } from '../../../test/support/fake-server.ts';
import { TestClient } from '../../../test/support/grpc-client.ts';
import { patienceMs, until } from '../../../test/support/until.ts';
import { doublingModel } from '../../native/fake-file.ts';
import type { FakeModel } from '../../native/fake-model.ts';

const MIB = 2 ** 20;

/** Runs a test against a server of its own with a model `m` of any size. */
async function withServer(
  options: FakeServerOptions,
  run: (server: FakeServer, client: TestClient, address: string) => Promise<void>,
  clientOptions = {},
): Promise<void> {
  const server = new FakeServer(options);
  await server.models.add('m', doublingModel([-1], { compute: 'copy' }));
  const address = await server.start();
  const client = new TestClient(address, clientOptions);
  try {
    await run(server, client, address);
  } finally {
    client.close();
    server.stop();
  }
}

/** Adds a model `held`, which computes one request at a time and ends none before it is let go. */
async function addHeld(server: FakeServer): Promise<FakeModel> {
  const { native } = await server.models.add('held', doublingModel([1]));
  const model = native as FakeModel;
  model.held = true;
  return model;
}

function ask(model: string, count: number): object {
  return {
    model_name: model,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [count] }],
    raw_input_contents: [Buffer.alloc(4 * count)],
  };
}

/** An inference request whose bytes the test sends itself. */
function openInfer(session: ClientHttp2Session, headers: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/inference.GRPCInferenceService/ModelInfer',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => {});
  return stream;
}

/** What goes before the bytes of a message. */
function messageHead(compressed: 0 | 1, length: number): Buffer {
  const head = Buffer.from([compressed, 0, 0, 0, 0]);
  head.writeUInt32BE(length, 1);
  return head;
}

const failsWith =
  (code: number, details: RegExp) =>
  (caught: unknown): boolean => {
    const error = caught as { code: number; details: string };
    assert.equal(error.code, code, error.details);
    assert.match(error.details, details);
    return true;
  };

test('grpc: large messages pass in both directions, and their bytes are given back', async () => {
  await withServer({}, async (server, client) => {
    const { reply } = await client.call<{ raw_output_contents: Buffer[] }>('inference.ModelInfer', ask('m', 3 * MIB));
    assert.equal(reply.raw_output_contents[0]?.length, 12 * MIB);
    await until(() => server.grpc.bytesInFlight === 0, 'bytes given back');
  });
});

test('grpc: messages beyond the bytes in flight are refused, and later ones pass', async () => {
  await withServer({ maxBytesInFlight: 3 * MIB }, async (server, client, address) => {
    const session = connectHttp2(`http://${address}`);
    // Two of three MiB are kept by a message that does not end.
    const stream = openInfer(session);
    stream.write(Buffer.concat([messageHead(0, 3 * MIB), Buffer.alloc(2 * MIB)]));
    await until(() => server.grpc.bytesInFlight >= 2 * MIB, 'the first message is counted');
    await assert.rejects(
      client.call('inference.ModelInfer', ask('m', MIB / 2)),
      failsWith(status.UNAVAILABLE, /of messages are in flight, the limit is 3 MiB \(server\.max_bytes_in_flight\)$/),
    );
    stream.close();
    await until(() => server.grpc.bytesInFlight === 0, 'bytes given back');
    await client.call('inference.ModelInfer', ask('m', MIB / 2));
    session.destroy();
  });
});

test('grpc: compressed requests are read; one that inflates over the limit is refused', async () => {
  const gzip = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip };
  await withServer(
    { maxMessage: MIB },
    async (server, client) => {
      const { reply } = await client.call<{ raw_output_contents: Buffer[] }>('inference.ModelInfer', ask('m', 1000));
      assert.equal(reply.raw_output_contents[0]?.length, 4000);
      await assert.rejects(
        client.call('inference.ModelInfer', ask('m', MIB)),
        failsWith(
          status.RESOURCE_EXHAUSTED,
          /inflates to more, the limit is 1048576 bytes \(1 MiB, server\.max_message\)$/,
        ),
      );
      await until(() => server.grpc.bytesInFlight === 0, 'bytes given back');
    },
    gzip,
  );
});

test('grpc: a compressed message is charged what the inflater gives, and one that gives too much is stopped there', async () => {
  await withServer({ maxMessage: 8 * MIB, maxBytesInFlight: 4 * MIB }, async (server, client, address) => {
    const session = connectHttp2(`http://${address}`);
    const small = openInfer(session, { 'grpc-encoding': 'gzip' });
    const body = gzipSync(Buffer.alloc(8 * MIB - 100));
    // Not whole yet, and a thousandth of what it becomes: it leaves room for others.
    small.write(Buffer.concat([messageHead(1, body.length), body.subarray(0, 5000)]));
    await until(() => server.grpc.bytesInFlight > 0, 'the piece is counted');
    assert.ok(server.grpc.bytesInFlight < 10_000, `${server.grpc.bytesInFlight} bytes charged`);
    await client.call('inference.ModelInfer', ask('m', MIB / 4));
    const other = openInfer(session);
    other.write(Buffer.concat([messageHead(0, 1000), Buffer.alloc(100)]));
    await until(() => server.grpc.bytesInFlight > 5100, 'another message is held');
    const refused = new Promise((resolve) => small.once('response', (headers) => resolve(headers['grpc-message'])));
    small.end(body.subarray(5000));
    assert.match(decodeURI(String(await refused)), /of messages are in flight, the limit is 4 MiB/);
    session.destroy();
    await until(() => server.grpc.bytesInFlight === 0, 'bytes given back');
  });
});

test('grpc: a caller that cancels takes its request out of the queue', async () => {
  await withServer({}, async (server, client) => {
    const held = await addHeld(server);
    const running = client.call('inference.ModelInfer', ask('held', 1));
    await until(() => server.admission.requests === 1 && held.queueDepth() === 0, 'the first is computed');
    let cancel = (): void => {};
    const waiting = client.call('inference.ModelInfer', ask('held', 1), { cancelled: (stop) => (cancel = stop) });
    await until(() => held.queueDepth() === 1, 'the second waits');
    cancel();
    await assert.rejects(waiting, failsWith(status.CANCELLED, /./));
    await until(() => server.admission.requests === 1, 'the second left before the first was done');
    assert.equal(held.queueDepth(), 0);
    held.held = false;
    await running;
  });
});

test('grpc: a drain lets requests in flight finish, ends watches and takes no more', async () => {
  await withServer({}, async (server, client) => {
    const held = await addHeld(server);
    const watch = client.watch('');
    await until(() => watch.seen.length === 1, 'watching');
    const inFlight = [
      client.call('inference.ModelInfer', ask('held', 1)),
      client.call('inference.ModelInfer', ask('held', 1)),
    ];
    await until(() => server.admission.requests === 2, 'both are in');
    const drained = server.drain(patienceMs);
    await watch.ended;
    held.held = false;
    assert.equal(await drained, true);
    await Promise.all(inFlight);
    assert.deepEqual(watch.seen, ['SERVING', 'NOT_SERVING']);
    await assert.rejects(client.call('inference.ServerLive', {}, { timeoutMs: 1000 }));
  });
});

test('grpc: a drain that takes too long is cut off', async () => {
  await withServer({}, async (server, client) => {
    const held = await addHeld(server);
    const lost = client.call('inference.ModelInfer', ask('held', 1));
    await until(() => server.admission.requests === 1, 'the request is in');
    assert.equal(await server.drain(100), false);
    await assert.rejects(lost);
    held.held = false;
  });
});

test('grpc: a socket file left behind is replaced, a file of another kind or a live socket is not', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-'));
  const socket = path.join(folder, 's');
  const other = createServer().listen(socket);
  await new Promise((resolve) => other.once('listening', resolve));
  await assert.rejects(
    new FakeServer({ addresses: [`unix:${socket}`] }).start(),
    /^ServingError: gRPC address unix:.*EADDRINUSE/,
  );
  assert.ok(existsSync(socket));
  await new Promise((resolve) => other.close(resolve));
  const plain = path.join(folder, 'plain');
  writeFileSync(plain, 'precious');
  await assert.rejects(new FakeServer({ addresses: [`unix:${plain}`] }).start(), /gRPC address/);
  assert.ok(existsSync(plain));
  await staleSocket(socket);
  const server = new FakeServer({ addresses: [`unix:${socket}`] });
  await server.start();
  server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Leaves a socket file behind as a killed process does. */
async function staleSocket(file: string): Promise<void> {
  const { spawnSync } = await import('node:child_process');
  spawnSync(
    process.execPath,
    ['-e', `require('net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`],
    { stdio: 'ignore', timeout: patienceMs },
  );
}
