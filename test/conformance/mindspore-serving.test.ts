// Runs mindspore_serving_client.py, MindSpore Serving's unmodified client, against the request path over fake models. The Python with
// mindspore-serving is MINDIRD_SERVING_PYTHON, or build/serving-venv/bin/python, which `npm test` makes where there is a Python 3.9 or
// older: the client's packages exist for no later one.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { DType } from '../../server/native/binding-types.ts';
import { doublingModel } from '../../server/native/fake-file.ts';
import { methodOf } from '../../server/protocol/protos.ts';
import { projectPath } from '../../server/util/root.ts';
import { Authority, certificatesOf } from '../support/authority.ts';
import { FakeServer } from '../support/fake-server.ts';
import { TestClient } from '../support/grpc-client.ts';
import { patienceMs } from '../support/until.ts';

const python = process.env['MINDIRD_SERVING_PYTHON'] ?? projectPath('build', 'serving-venv', 'bin', 'python');
const missing = existsSync(python)
  ? false
  : `${python}: no Python with mindspore-serving, whose client needs Python 3.9 or older`;

const PREDICT = '/mindspore.serving.proto.MSService/Predict';

const types: Readonly<Record<string, DType>> = {
  bool: 'BOOL',
  int8: 'INT8',
  uint8: 'UINT8',
  int16: 'INT16',
  uint16: 'UINT16',
  int32: 'INT32',
  uint32: 'UINT32',
  int64: 'INT64',
  uint64: 'UINT64',
  float16: 'FP16',
  float64: 'FP64',
};

async function addModels({ models }: FakeServer): Promise<void> {
  const methods = [{ name: 'double_common', inputs: ['value'], outputs: ['twice'] }];
  await models.add('rows', doublingModel([-1, 3]), { maxBatch: 8, methods });
  await models.add('fixed', doublingModel([4, 3], { batched: false }));
  await models.add('shaped', doublingModel([4, 3], { batched: false }), { batchDim: false });
  const copy = (dtype: DType, shape: readonly number[]): Parameters<typeof models.add>[1] => ({
    inputs: [{ name: 'x', dtype, shape }],
    outputs: [{ name: 'y', dtype, shape }],
    batched: true,
    compute: 'copy',
  });
  for (const [name, dtype] of Object.entries(types)) await models.add(`copy_${name}`, copy(dtype, [-1, 3]));
  await models.add('copy_scalar', copy('INT64', [-1, 1]));
}

test('mindspore serving client: every call, over TCP and a unix socket', { skip: missing }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-'));
  const server = new FakeServer({ addresses: ['127.0.0.1:0', `unix:${folder}/s`] });
  await addModels(server);
  await server.start();
  try {
    for (const address of server.grpc.addresses) {
      const script = projectPath('test', 'conformance', 'mindspore_serving_client.py');
      const { stdout } = await promisify(execFile)(python, [script, address], { timeout: patienceMs });
      assert.match(stdout, /^41 checks passed$/m);
    }
    const codes = server.ends.map(({ method, code }) => `${path.basename(method)} ${code}`);
    assert.ok(
      codes.includes('Predict OK') && codes.includes('Predict INVALID_ARGUMENT') && codes.includes('Predict NOT_FOUND'),
    );
    assert.equal(server.admission.requests, 0);
  } finally {
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('mindspore serving client: every call, over TLS and mutual TLS', { skip: missing }, async (context) => {
  const authority = new Authority();
  context.after(() => authority.remove());
  const { certificate, key } = authority.issue('caller');
  for (const [clientCa, shown] of [
    [null, []],
    [authority.certificate, [certificate, key]],
  ] as const) {
    const server = new FakeServer({ tls: await certificatesOf(authority, clientCa) });
    context.after(() => server.stop());
    await addModels(server);
    const args = [await server.start(), authority.certificate, ...shown];
    const script = projectPath('test', 'conformance', 'mindspore_serving_client.py');
    const { stdout } = await promisify(execFile)(python, [script, ...args], { timeout: patienceMs });
    assert.match(stdout, /^41 checks passed$/m);
    assert.deepEqual(server.refusals, []);
  }
});

test('mindspore serving: instances where clients of 1.1 and 1.2 have them, and what is no message', async () => {
  const server = new FakeServer({});
  await addModels(server);
  const client = new TestClient(await server.start());
  const { requestSerialize, responseDeserialize } = methodOf('mindspore.serving.proto.MSService', 'Predict');
  const tensor = { shape: { dims: [3] }, dtype: 'MS_FLOAT32', data: Buffer.alloc(12, 0) };
  const old = requestSerialize({
    servable_spec: { name: 'rows', method_name: 'predict' },
    instances_before_1_3: [{ items: { x: tensor } }],
  });
  const reply = responseDeserialize((await client.raw(PREDICT, Buffer.from(old), (bytes) => bytes)).reply) as {
    instances: object[];
    error_msg: object[];
  };
  assert.deepEqual([reply.instances.length, reply.error_msg.length], [1, 0]);
  await assert.rejects(
    client.raw(PREDICT, Buffer.from([0xff]), (bytes) => bytes),
    /INVALID_ARGUMENT/,
  );
  client.close();
  server.stop();
  assert.deepEqual(
    server.ends.map(({ code }) => code),
    ['OK', 'INVALID_ARGUMENT'],
  );
});
