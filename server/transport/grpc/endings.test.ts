// Every call ends once in the account, whatever its end, and holds nothing afterwards.

import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { test } from 'node:test';
import { FakeServer, type FakeServerOptions } from '../../../test/support/fake-server.ts';
import { TestClient } from '../../../test/support/grpc-client.ts';
import { patienceMs, until } from '../../../test/support/until.ts';
import { rehearsalDispatcher } from '../../inference/rehearsal.ts';
import type { CallEnd } from '../../ledger/call-end.ts';
import { doublingModel } from '../../native/fake-file.ts';
import type { FakeModel } from '../../native/fake-model.ts';
import { rehearsal } from '../../protocol/index.ts';
import type { ExchangeMethod } from '../../protocol/protocol.ts';
import { methodOf } from '../../protocol/protos.ts';

const MIB = 2 ** 20;
const INFER = '/inference.GRPCInferenceService/ModelInfer';

interface Rig {
  readonly server: FakeServer;
  readonly client: TestClient;
  readonly session: ClientHttp2Session;
  readonly held: FakeModel;
}

/** A server with the models `m` (copies what it gets) and `held` (computes until let go), and a bare HTTP/2 session to it. */
async function withRig(options: FakeServerOptions, run: (rig: Rig) => Promise<void>): Promise<void> {
  const server = new FakeServer(options);
  await server.models.add('m', doublingModel([-1], { compute: 'copy' }));
  const held = (await server.models.add('held', doublingModel([1]))).native as FakeModel;
  held.held = true;
  const address = await server.start();
  const client = new TestClient(address);
  const session = connect(`http://${address}`, { settings: { initialWindowSize: 0 } });
  session.on('error', () => {});
  try {
    await run({ server, client, session, held });
    held.held = false;
    session.destroy();
    await until(() => server.admission.requests === 0 && server.grpc.calls === 0, 'no call is left');
    assert.equal(server.grpc.bytesInFlight, 0, 'bytes are held');
  } finally {
    held.held = false;
    session.destroy();
    client.close();
    server.stop();
  }
}

function open(session: ClientHttp2Session, headers: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
  const all = { ':method': 'POST', ':path': INFER, 'content-type': 'application/grpc', te: 'trailers', ...headers };
  const stream = session.request(all);
  stream.on('error', () => {});
  return stream;
}

const ask = (model: string, count: number): object => ({
  model_name: model,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [count] }],
  raw_input_contents: [Buffer.alloc(4 * count)],
});

function framed(request: object): Buffer {
  const message = methodOf('inference.GRPCInferenceService', 'ModelInfer').requestSerialize(request);
  const head = Buffer.from([0, 0, 0, 0, 0]);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

async function onlyEnd(server: FakeServer): Promise<CallEnd> {
  await until(() => server.ends.length > 0, 'the call has ended');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(server.ends.length, 1, 'counted once');
  return server.ends[0] as CallEnd;
}

test('endings: a reply, with its stages adding up', async () => {
  await withRig({}, async ({ server, client }) => {
    await client.call('inference.ModelInfer', ask('m', 1000));
    const end = await onlyEnd(server);
    assert.deepEqual([end.method, end.servable, end.version, end.code, end.rows], [INFER, 'm', '1', 'OK', 1000]);
    const { totalNs, device: _device, chain: _chain, ...stages } = end.times ?? { totalNs: 0 };
    assert.equal(
      Object.values(stages).reduce((sum, ns) => sum + ns, 0),
      totalNs,
    );
    assert.ok(end.bytesIn > 4000 && end.bytesOut > 4000);
  });
});

test('endings: a deadline that passes while the request is computed is what the account says too', async () => {
  await withRig({}, async ({ server, client, held }) => {
    const late = client.call('inference.ModelInfer', ask('held', 1), { timeoutMs: 300 });
    await assert.rejects(late, (error: { code: number }) => error.code === 4);
    const end = await onlyEnd(server);
    assert.deepEqual([end.servable, end.version, end.code], ['held', '1', 'DEADLINE_EXCEEDED']);
    assert.equal(server.admission.requests, 1, 'what is computed is finished');
    held.held = false;
    await until(() => server.admission.requests === 0, 'the result has come');
    assert.equal(server.ends.length, 1);
  });
});

test('endings: a caller that goes away while its request is computed', async () => {
  await withRig({}, async ({ server, session }) => {
    const stream = open(session);
    stream.end(framed(ask('held', 1)));
    await until(() => server.admission.requests === 1, 'it is computed');
    stream.close(8);
    assert.equal((await onlyEnd(server)).code, 'CANCELLED');
  });
});

test('endings: deadlines of a month and of less than a millisecond', async () => {
  await withRig({}, async ({ server, session }) => {
    const month = open(session, { 'grpc-timeout': '2592000S' });
    month.end(framed(ask('held', 1)));
    await until(() => server.admission.requests === 1, 'it is computed');
    assert.equal(server.ends.length, 0);
    month.close(8);
    await until(() => server.ends.length === 1, 'it has ended');
    open(session, { 'grpc-timeout': '1n' }).end(framed(ask('m', 1)));
    await until(() => server.ends.length === 2, 'the second has ended');
    assert.equal(server.ends[1]?.code, 'DEADLINE_EXCEEDED');
    open(session, { 'grpc-timeout': '5 weeks' }).end(framed(ask('m', 1)));
    await until(() => server.ends.length === 3, 'the third has ended');
    assert.equal(server.ends[2]?.code, 'INVALID_ARGUMENT');
  });
});

test('endings: what is refused before a model is known: no method, no gRPC, malformed, too large, over the bytes', async () => {
  await withRig(
    { maxMessage: MIB, maxBytesInFlight: 2 * MIB, maxConnectionBytes: MIB },
    async ({ server, session }) => {
      const codes = async (count: number): Promise<string> => {
        await until(() => server.ends.length === count, `${count} have ended`);
        return server.ends.at(-1)?.code ?? '';
      };
      open(session, { ':path': '/made.Up/Method' }).end(framed({}));
      assert.equal(await codes(1), 'UNSUPPORTED');
      assert.equal(server.ends[0]?.method, '/made.Up/Method');
      open(session, { 'content-type': 'text/html' }).end();
      assert.equal(await codes(2), 'INVALID_ARGUMENT');
      open(session).end(Buffer.from([0, 0, 0, 0, 1, 0xff]));
      assert.equal(await codes(3), 'INVALID_ARGUMENT');
      open(session).write(Buffer.from([0, 0, 16, 0, 1]));
      assert.equal(await codes(4), 'TOO_LARGE');
      const half = open(session);
      half.write(framed(ask('m', MIB / 6)).subarray(0, 600_000));
      await until(() => server.grpc.bytesInFlight >= 600_000, 'half a message is held');
      open(session).end(framed(ask('m', MIB / 6)));
      assert.equal(await codes(5), 'OVERLOADED');
      session.destroy();
      // Node's client ends a stream that it destroys, so that the half message may come to its end first.
      assert.match(await codes(6), /^(CANCELLED|INVALID_ARGUMENT)$/);
    },
  );
});

test('endings: a connection holds its share at most, and others still get through', async () => {
  await withRig({ maxBytesInFlight: 8 * MIB, maxConnectionBytes: MIB }, async ({ server, session, client }) => {
    const half = open(session);
    half.write(framed(ask('m', MIB / 4)).subarray(0, 900_000));
    await until(() => server.grpc.bytesInFlight >= 900_000, 'half a message is held');
    open(session).end(framed(ask('m', MIB / 8)));
    await until(() => server.ends.length === 1, 'the second of the connection is refused');
    assert.equal(server.ends[0]?.code, 'OVERLOADED');
    await client.call('inference.ModelInfer', ask('m', MIB / 8));
  });
});

test('endings: a request that stops arriving is ended', async () => {
  await withRig({ peerTimeoutMs: 300 }, async ({ server, session }) => {
    const half = open(session);
    half.write(framed(ask('m', MIB)).subarray(0, 1000));
    const end = await onlyEnd(server);
    assert.equal(end.code, 'DEADLINE_EXCEEDED');
    await until(() => server.grpc.bytesInFlight === 0, 'its bytes are given back');
  });
});

test('endings: replies that are not read are bounded, end at their deadline, and do not hold up a drain', async () => {
  await withRig({ maxBytesInFlight: 4 * MIB }, async ({ server, session }) => {
    const streams = Array.from({ length: 20 }, () => {
      const stream = open(session, { 'grpc-timeout': '1S' });
      stream.end(framed(ask('m', MIB / 4)));
      return stream;
    });
    await until(() => server.ends.some(({ code }) => code === 'OVERLOADED'), 'replies over the limit are refused');
    assert.ok(server.grpc.bytesInFlight <= 4 * MIB, `${server.grpc.bytesInFlight} bytes held`);
    await until(() => server.ends.length === streams.length, 'every call has ended', patienceMs);
    const codes = new Set(server.ends.map(({ code }) => code));
    assert.deepEqual([...codes].sort(), ['DEADLINE_EXCEEDED', 'OVERLOADED']);
    assert.equal(await server.drain(patienceMs), true);
  });
});

test('endings: calls that a server rehearses are told to nobody, and their method goes with them', async () => {
  await withRig({}, async ({ server, session }) => {
    const { method, message } = rehearsal(rehearsalDispatcher(), MIB);
    let [answered, refused] = [0, 0];
    const counted: ExchangeMethod = {
      path: method.path,
      exchange: (bytes, call) => {
        answered += 1;
        const fail = call.fail.bind(call);
        call.fail = (error) => {
          refused += 1;
          fail(error);
        };
        method.exchange(bytes, call);
      },
    };
    const before = server.connections.length;
    await server.grpc.rehearse(counted, message);
    assert.ok(answered > 1, `${answered} calls`);
    assert.equal(refused, answered / 3, 'every third is refused');
    assert.deepEqual(server.ends, []);
    assert.equal(server.connections.length, before);
    open(session, { ':path': method.path }).end(framed({}));
    assert.equal((await onlyEnd(server)).code, 'UNSUPPORTED');
  });
});
