// Streams of requests: each is answered in its place and counted once, whatever the end of the stream.

import assert from 'node:assert/strict';
import { type ClientHttp2Stream, connect } from 'node:http2';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { FakeServer, type FakeServerOptions } from '../../../test/support/fake-server.ts';
import { TestClient } from '../../../test/support/grpc-client.ts';
import { until } from '../../../test/support/until.ts';
import { doublingModel } from '../../native/fake-file.ts';
import type { FakeModel } from '../../native/fake-model.ts';
import { methodOf } from '../../protocol/protos.ts';
import { MAX_TURNS } from './conversation.ts';

const MIB = 2 ** 20;
const PATH = '/inference.GRPCInferenceService/ModelStreamInfer';

interface Rig {
  readonly server: FakeServer;
  readonly address: string;
  readonly client: TestClient;
  readonly held: FakeModel;
}

/** A server with the models `m` (copies what it gets) and `held` (computes until let go); nothing may be held in the end. */
async function withRig(options: FakeServerOptions, run: (rig: Rig) => Promise<void>): Promise<void> {
  const server = new FakeServer(options);
  await server.models.add('m', doublingModel([-1], { compute: 'copy' }));
  const held = (await server.models.add('held', doublingModel([-1], { compute: 'copy' }))).native as FakeModel;
  held.held = true;
  const address = await server.start();
  const client = new TestClient(address);
  try {
    await run({ server, address, client, held });
    held.held = false;
    await until(() => server.admission.requests === 0 && server.grpc.calls === 0, 'no call is left');
    assert.equal(server.grpc.bytesInFlight, 0, 'bytes are held');
  } finally {
    held.held = false;
    client.close();
    server.stop();
  }
}

const ask = (model: string, id: string, count = 1, more: object = {}): object => ({
  model_name: model,
  id,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [count] }],
  raw_input_contents: [Buffer.alloc(4 * count, id.charCodeAt(0))],
  ...more,
});

function framed(request: object): Buffer {
  const message = methodOf('inference.GRPCInferenceService', 'ModelInfer').requestSerialize(request);
  const head = Buffer.from([0, 0, 0, 0, 0]);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** A stream of bare bytes. */
async function withBare(address: string, run: (stream: ClientHttp2Stream) => Promise<void>): Promise<void> {
  const session = connect(`http://${address}`);
  session.on('error', () => {});
  try {
    const headers = { ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request(headers);
    stream.on('error', () => {});
    await run(stream);
  } finally {
    session.destroy();
  }
}

const codes = ({ server }: Rig): string[] => server.ends.map(({ code }) => code);

test('conversation: replies come in the order of requests, errors in their place, and each is counted once', async () => {
  await withRig({}, async (rig) => {
    const { call, seen, ended } = rig.client.converse();
    call.write(ask('held', 'a', 3));
    call.write(ask('m', 'b', 100_000));
    call.write(ask('nobody', 'c'));
    call.write(ask('m', 'd', 1, { inputs: [{ name: 'x', datatype: 'TEXT', shape: [1] }] }));
    call.write(
      ask('m', 'e', 2, { parameters: { typed_output: { bool_param: true }, mindird_times: { bool_param: true } } }),
    );
    await until(() => rig.server.admission.requests === 1, 'the others are computed');
    assert.equal(seen.length, 0, 'the first is not');
    rig.held.held = false;
    call.end();
    assert.equal((await ended).code, status.OK);
    assert.deepEqual(
      seen.map(({ infer_response: { id } }) => id),
      ['a', 'b', 'c', '', 'e'],
    );
    assert.deepEqual(
      seen.map(({ error_message: text }) => text.slice(0, 60)),
      [
        '',
        '',
        'Request for unknown model: "nobody": no such servable or ver',
        'input "x": datatype is "TEXT", want one of BOOL, UINT8, UINT',
        '',
      ],
    );
    assert.deepEqual(seen[1]?.infer_response.raw_output_contents, [Buffer.alloc(400_000, 'b')]);
    assert.equal(seen[0]?.infer_response.parameters['triton_final_response']?.bool_param, true);
    assert.deepEqual(codes(rig), ['OK', 'OK', 'NOT_FOUND', 'INVALID_ARGUMENT', 'OK']);
    const { ends } = rig.server;
    assert.deepEqual([ends[1]?.method, ends[1]?.servable, ends[1]?.rows], [PATH, 'm', 100_000]);
    assert.ok((ends[1]?.bytesIn ?? 0) > 400_000 && (ends[1]?.bytesOut ?? 0) > 400_000);
  });
});

test('conversation: a stream without requests is one call', async () => {
  await withRig({}, async (rig) => {
    const { call, ended } = rig.client.converse();
    call.end();
    assert.equal((await ended).code, status.OK);
    await until(() => rig.server.ends.length === 1, 'it is counted');
    assert.deepEqual(codes(rig), ['OK']);
  });
});

test('conversation: the deadline of the stream ends all of it', async () => {
  await withRig({}, async (rig) => {
    const { call, ended } = rig.client.converse({ timeoutMs: 500 });
    call.write(ask('held', 'a'));
    call.write(ask('held', 'b'));
    assert.equal((await ended).code, status.DEADLINE_EXCEEDED);
    await until(() => rig.server.ends.length === 2, 'both are counted');
    assert.deepEqual(codes(rig), ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED']);
  });
});

test('conversation: a caller that goes away cancels what waits', async () => {
  await withRig({}, async (rig) => {
    const { call, ended } = rig.client.converse();
    call.write(ask('held', 'a'));
    call.write(ask('held', 'b'));
    await until(() => rig.server.admission.requests === 2, 'both are there');
    call.cancel();
    await ended;
    await until(() => rig.server.ends.length === 2, 'both are counted');
    assert.deepEqual(codes(rig), ['CANCELLED', 'CANCELLED']);
  });
});

test('conversation: a caller that sends faster than it is answered is slowed, not refused', async () => {
  // Two messages and their replies have room at a time, by the gate, and then MAX_TURNS of small ones by their number.
  await withRig({ maxBytesInFlight: 4.5 * MIB, maxMessage: 2 * MIB }, async (rig) => {
    const { call, seen, ended } = rig.client.converse();
    for (let i = 0; i < 12; i++) call.write(ask('held', String.fromCharCode(97 + i), MIB / 4));
    await until(() => rig.server.admission.requests >= 2, 'some are there');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(rig.server.admission.requests, 2);
    rig.held.held = false;
    await until(() => seen.length === 12, 'all are answered');
    rig.held.held = true;
    for (let i = 0; i < MAX_TURNS + 50; i++) call.write(ask('held', 'z'));
    await until(() => rig.server.admission.requests === MAX_TURNS, 'as many as may be open');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(rig.server.admission.requests, MAX_TURNS);
    rig.held.held = false;
    call.end();
    assert.equal((await ended).code, status.OK);
    assert.ok(seen.every(({ error_message: text }) => text === ''));
    assert.equal(seen.length, 12 + MAX_TURNS + 50);
    assert.deepEqual(
      seen
        .slice(0, 12)
        .map(({ infer_response: { id, raw_output_contents: raw } }) => [id, raw[0]?.equals(Buffer.alloc(MIB, id))]),
      Array.from({ length: 12 }, (_, i) => [String.fromCharCode(97 + i), true]),
    );
  });
});

test('conversation: messages may be cut anywhere, and compressed', async () => {
  await withRig({}, async (rig) => {
    await withBare(rig.address, async (stream) => {
      const bytes = Buffer.concat([framed(ask('m', 'a', 3000)), framed(ask('m', 'b')), framed(ask('m', 'c', 5000))]);
      for (let at = 0; at < bytes.length; at += 1777) {
        stream.write(bytes.subarray(at, at + 1777));
        await new Promise((resolve) => setImmediate(resolve));
      }
      stream.resume();
      stream.end();
      await until(() => rig.server.ends.length === 3, 'all are counted');
      assert.deepEqual(codes(rig), ['OK', 'OK', 'OK']);
    });
    const compressing = new TestClient(rig.address, { 'grpc.default_compression_algorithm': 2 });
    const { call, seen, ended } = compressing.converse();
    call.write(ask('m', 'd', 1000));
    call.write(ask('m', 'e', 1000));
    call.end();
    assert.equal((await ended).code, status.OK);
    assert.deepEqual(
      seen.map(({ infer_response: { id } }) => id),
      ['d', 'e'],
    );
    compressing.close();
  });
});

test('conversation: what is no message, too large, or stops in the middle ends the stream', async () => {
  await withRig({ maxMessage: MIB, peerTimeoutMs: 300 }, async (rig) => {
    const endings: [Buffer, boolean, string][] = [
      [Buffer.from([7, 0, 0, 0, 0]), false, 'INVALID_ARGUMENT'],
      [Buffer.from([0, 255, 0, 0, 0]), false, 'TOO_LARGE'],
      [framed(ask('m', 'a')).subarray(0, 9), true, 'INVALID_ARGUMENT'],
      [framed(ask('m', 'a')).subarray(0, 9), false, 'DEADLINE_EXCEEDED'],
    ];
    for (const [bytes, ends, code] of endings) {
      rig.server.ends.length = 0;
      await withBare(rig.address, async (stream) => {
        stream.resume();
        stream.write(bytes);
        if (ends) stream.end();
        await until(() => rig.server.ends.length > 0, code);
        assert.deepEqual(codes(rig), [code]);
        await until(() => stream.closed, 'the stream is closed');
      });
    }
  });
});

test('conversation: a caller that does not read is ended', async () => {
  await withRig({ peerTimeoutMs: 300, maxBytesInFlight: 64 * MIB }, async (rig) => {
    const session = connect(`http://${rig.address}`, { settings: { initialWindowSize: 0 } });
    session.on('error', () => {});
    const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc' });
    stream.on('error', () => {});
    stream.write(framed(ask('m', 'a', 1000)));
    await until(() => rig.server.ends.length === 1, 'it is counted');
    assert.deepEqual(codes(rig), ['CANCELLED']);
    await until(() => rig.server.grpc.bytesInFlight === 0, 'its bytes are free');
    session.destroy();
  });
});

test('conversation: a drain answers what is there and tells an idle stream that the server goes', async () => {
  await withRig({}, async (rig) => {
    const busy = rig.client.converse();
    const idle = rig.client.converse();
    idle.call.write(ask('m', 'i'));
    busy.call.write(ask('held', 'a'));
    await until(() => idle.seen.length === 1 && rig.server.admission.requests === 1, 'both streams are open');
    const drained = rig.server.drain(10_000);
    assert.equal((await idle.ended).code, status.UNAVAILABLE);
    rig.held.held = false;
    assert.equal((await busy.ended).code, status.UNAVAILABLE);
    assert.equal(busy.seen[0]?.infer_response.id, 'a');
    assert.equal(await drained, true);
    assert.deepEqual(codes(rig), ['OK', 'OK']);
  });
});
