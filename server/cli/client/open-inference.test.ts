import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { grpcTarget } from './address.ts';
import { type FakeServer, startFakeServer } from './fake-server.ts';
import { InferenceClient } from './open-inference.ts';
import { serverTimes } from './times.ts';

describe('address: target of the channel', () => {
  for (const [typed, target] of [
    ['localhost:8001', 'localhost:8001'],
    ['localhost', 'localhost:5500'],
    [':8001', '127.0.0.1:8001'],
    ['0.0.0.0:5500', '127.0.0.1:5500'],
    ['[::1]:5500', '[::1]:5500'],
    ['unix:/run/m.sock', 'unix:/run/m.sock'],
  ] as const) {
    it(`${typed} means ${target}`, () => assert.equal(grpcTarget(typed), target));
  }

  it('an empty address and an impossible port are refused', () => {
    assert.throws(() => grpcTarget(''), /address is empty/);
    assert.throws(
      () => grpcTarget('nets/net.mindplan'),
      /net\.mindplan: is a model file, want the address of a server/,
    );
    assert.throws(() => grpcTarget('h:70000'), /h:70000: port is 70000/);
  });
});

describe('client: against a server', () => {
  let server: FakeServer;
  let client: InferenceClient;
  const input = {
    name: 'image',
    dtype: 'FP32',
    shape: [1, 1, 2, 2],
    bytes: new Uint8Array(new Float32Array([1, 2, 3, -4]).buffer),
  } as const;

  before(async () => {
    server = await startFakeServer();
    client = new InferenceClient(server.address);
  });
  after(() => {
    client.close();
    server.stop();
  });

  it('metadata has checked types, unknown sizes as -1 and the highest version by number', async () => {
    const signature = await client.signature('double', '');
    assert.equal(signature.version, '10');
    assert.deepEqual(signature.inputs, [{ name: 'image', dtype: 'FP32', shape: [-1, 1, 2, 2] }]);
  });

  it('an inference returns tensors and the stage times', async () => {
    const result = await client.infer({ model: 'double', version: '', inputs: [input] });
    const output = result.outputs[0];
    assert.deepEqual([...new Float32Array(Uint8Array.from(output?.bytes ?? []).buffer)], [2, 4, 6, -8]);
    assert.equal(result.version, '10');
    assert.deepEqual(result.times, {
      receiveMs: 0,
      decodeMs: 0.01,
      queueMs: 0.02,
      computeInputMs: 0.005,
      computeInferMs: 0.4,
      computeOutputMs: 0.005,
      totalMs: 0.5,
    });
    assert.ok(result.responseMs > 0);
  });

  it('a server without stage times gives none', async () => {
    server.timed = false;
    const result = await client.infer({ model: 'double', version: '', inputs: [input] });
    server.timed = true;
    assert.equal(result.times, undefined);
    assert.equal(serverTimes({ mindird_queue_us: { double_param: 1 } }), undefined);
  });

  it('errors carry address, status name and the text of the server', async () => {
    await assert.rejects(client.signature('nope', ''), {
      message: `${server.address}: NOT_FOUND: Request for unknown model: nope`,
      status: 'NOT_FOUND',
    });
  });

  it('replies that contradict themselves are refused', async () => {
    const call = () => client.infer({ model: 'double', version: '', inputs: [input] });
    server.corrupt = (reply) => ({ ...reply, raw_output_contents: [] });
    await assert.rejects(call(), /reply has 0 raw contents for 1 outputs/);
    server.corrupt = (reply) => ({ ...reply, raw_output_contents: [Buffer.alloc(3)] });
    await assert.rejects(call(), /output "output_0" has 3 bytes, its shape \[1,1,2,2\] of FP32 wants 16/);
    server.corrupt = (reply) => ({ ...reply, outputs: [{ name: 'x', datatype: 'BYTES', shape: [1] }] });
    await assert.rejects(call(), /tensor "x" has type "BYTES"/);
    server.corrupt = (reply) => reply;
  });

  it('no server at the address is said within the time given', async () => {
    const lonely = new InferenceClient('127.0.0.1:1');
    await assert.rejects(lonely.connect(200), /127\.0\.0\.1:1: no connection within 0\.2 s/);
    lonely.close();
  });
});
