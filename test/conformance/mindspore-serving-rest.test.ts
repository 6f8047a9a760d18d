// MindSpore Serving's REST as its clients send it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { doublingModel } from '../../server/native/fake-file.ts';
import { FakeServer } from '../support/fake-server.ts';
import { addServedFakes } from '../support/served-fakes.ts';
import { patienceMs, until } from '../support/until.ts';

const server = new FakeServer({ maxMessage: 2 ** 20 });

before(async () => {
  const held = await addServedFakes(server);
  held.held = false;
  const methods = [{ name: 'twice', inputs: ['image'], outputs: ['label'] }];
  await server.models.add('named', doublingModel([-1, 2]), { maxBatch: 8, methods });
  await server.models.add('scalar', doublingModel([-1]), { maxBatch: 8 });
  await server.models.add('half', {
    inputs: [{ name: 'x', dtype: 'FP16', shape: [-1, 2] }],
    outputs: [{ name: 'y', dtype: 'FP16', shape: [-1, 2] }],
    batched: true,
    compute: 'copy',
  });
  await server.models.add('long', {
    inputs: [{ name: 'i', dtype: 'INT64', shape: [-1, 2] }],
    outputs: [{ name: 'j', dtype: 'INT64', shape: [-1, 2] }],
    batched: true,
    compute: 'copy',
  });
  await server.start();
});

after(async () => {
  assert.equal(await server.drain(patienceMs), true);
  assert.deepEqual(server.bugs, []);
});

/** The text of an answer, which has the status 200 whatever it says. */
async function post(path: string, body: unknown): Promise<string> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${server.url}/model/${path}`, { method: 'POST', body: text });
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/json']);
  return answer.text();
}

const ask = async (path: string, body: unknown): Promise<unknown> => JSON.parse(await post(path, body)) as unknown;

test('rest: one instance and several, of the highest or a named version', async () => {
  const x = [1, 2, 3, 4.5];
  assert.deepEqual(await ask('double:predict', { instances: { x } }), { instances: [{ y: [2, 4, 6, 9] }] });
  assert.deepEqual(await ask('double:predict', { instances: [{ x }, { x: [0, 0, 0, 1] }] }), {
    instances: [{ y: [2, 4, 6, 9] }, { y: [0, 0, 0, 2] }],
  });
  for (const version of ['0', '1', '2'])
    assert.deepEqual(await ask(`double/version/${version}:predict`, { instances: { x } }), {
      instances: [{ y: [2, 4, 6, 9] }],
    });
  assert.deepEqual(await ask('named:twice', { instances: { image: [1, 2] } }), { instances: [{ label: [2, 4] }] });
  assert.deepEqual(await ask('scalar:predict', { instances: [{ x: 7 }] }), { instances: [{ y: 14 }] });
});

test('rest: raw bytes in Base64, of every type that JSON has no number for too', async () => {
  const raw = (values: Uint8Array): string => Buffer.from(values.buffer).toString('base64');
  const b64 = raw(Uint8Array.from(Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)));
  for (const type of ['fp32', 'float32'])
    assert.deepEqual(await ask('double:predict', { instances: { x: { b64, type, shape: [4] } } }), {
      instances: [{ y: [2, 4, 6, 8] }],
    });
  const half = Buffer.from([0x00, 0x3c, 0x01, 0x80]).toString('base64');
  assert.deepEqual(await ask('half:predict', { instances: { x: { b64: half, type: 'fp16', shape: [2] } } }), {
    instances: [{ y: [1, -(2 ** -24)] }],
  });
  assert.match(await post('long:predict', '{"instances":{"i":[9007199254740993,-1]}}'), /\[9007199254740993,-1\]/);
});

test('rest: an instance that is wrong is told in its place, a whole that is wrong as one message', async () => {
  const reply = (await ask('double:predict', { instances: [{ x: [1, 2, 3, 4] }, { x: 'text' }, { z: 1 }] })) as {
    instances: ({ y: number[] } & { error_msg: string })[];
  };
  assert.deepEqual(reply.instances[0]?.y, [2, 4, 6, 8]);
  assert.match(reply.instances[1]?.error_msg ?? '', /input "x": datatype is MS_STRING, want MS_FLOAT32/);
  assert.match(reply.instances[2]?.error_msg ?? '', /input "x": missing/);
  const x = [1, 2, 3, 4];
  for (const [path, body, error] of [
    ['double:predict', '{', /request JSON/],
    ['double:predict', {}, /instances: none/],
    ['double:predict', { instances: [] }, /instances: none/],
    ['double:predict', { instances: { x: null } }, /input "x": is null/],
    ['double:predict', { instances: { x: [[1], [2, 3]] } }, /dimension 1/],
    ['double:predict', { instances: { x: [1, 'a', 3, 4] } }, /value "a" at 1/],
    ['double:predict', { instances: { x: [1, 2, 3, 1e39] } }, /does not fit FP32/],
    ['double:predict', { instances: { x: { b64: '****' } } }, /b64 is no Base64/],
    ['double:predict', { instances: { x: { b64: 'AAAA', type: 'fp32', shape: [4] } } }, /3 bytes, want 16/],
    ['double:predict', { instances: { x: { b64: 'AAAA', type: 'fp8' } } }, /type is unknown/],
    ['double:predict', { instances: { x: { b64: 'AAAA', kind: 1 } } }, /has "kind", want b64, type and shape/],
    ['double:predict', { instances: [7] }, /instances\[0\]: is a number/],
    ['double:nothing', { instances: { x } }, /method "nothing" is not available/],
    ['nobody:predict', { instances: { x } }, /servable "nobody" is not available/],
    ['double/version/9:predict', { instances: { x } }, /servable "double" is not available/],
    ['double/version/x:predict', { instances: { x } }, /version is "x"/],
    ['double', { instances: { x } }, /"double" has no :METHOD/],
    ['broken:predict', { instances: { x } }, /servable "broken" is not available/],
  ] as const) {
    const { error_msg: found = '' } = (await ask(path, body)) as { error_msg?: string };
    assert.match(found, error, path);
  }
  assert.equal((await fetch(`${server.url}/model/double:predict`)).status, 405);
});

test('rest: calls are counted once, with what became of them', async () => {
  const from = server.ends.length;
  await ask('double:predict', { instances: [{ x: [1, 2, 3, 4] }, { x: [1, 2, 3, 4] }] });
  await ask('nobody:predict', { instances: { x: 1 } });
  await until(() => server.ends.length === from + 2, 'the calls to end');
  assert.deepEqual(
    server.ends.slice(from).map(({ method, code, servable, rows }) => [method, code, servable, rows]),
    [
      ['POST /model/:call', 'OK', 'double', 2],
      ['POST /model/:call', 'NOT_FOUND', 'nobody', 0],
    ],
  );
});
