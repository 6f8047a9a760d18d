// Keys of callers on the gRPC port, over fake models: every group of calls, and what is counted.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import { FakeServer } from '../../../test/support/fake-server.ts';
import { TestClient } from '../../../test/support/grpc-client.ts';
import { ReflectionClient } from '../../../test/support/reflection-client.ts';
import { until } from '../../../test/support/until.ts';
import { parseKeyFile } from '../../access/key-file.ts';
import { Gatekeeper, Keys } from '../../access/keys.ts';
import { doublingModel } from '../../native/fake-file.ts';
import { methodOf } from '../../protocol/protos.ts';

const hash = (key: string): string => createHash('sha256').update(key).digest('hex');
const file = `
keys:
  - {name: one, sha256: ${hash('key-one')}, calls: [infer, metadata], servables: [m]}
  - {name: ops, sha256: ${hash('key-ops')}, calls: [admin, metadata]}
`;
const keeper = new Gatekeeper(new Keys(parseKeyFile(Buffer.from(file), 'keys.yaml')));
const server = new FakeServer({ keeper });
let client: TestClient;
let address = '';

before(async () => {
  for (const name of ['m', 'other']) await server.models.add(name, doublingModel([1]));
  address = await server.start();
  client = new TestClient(address);
});

after(() => {
  client.close();
  server.stop();
});

function with_(key: string): { readonly metadata: Metadata } {
  const metadata = new Metadata();
  if (key !== '') metadata.set('authorization', `Bearer ${key}`);
  return { metadata };
}

const ask = (model: string): object => ({
  model_name: model,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1] }],
  raw_input_contents: [Buffer.alloc(4)],
});

/** The status of a call, and the code it was counted under. */
async function outcome(key: string, method: string, request: object): Promise<readonly [string, string]> {
  const known = server.ends.length;
  let code = 'OK';
  await client.call(method, request, with_(key)).catch((caught: { code: number; details: string }) => {
    code = status[caught.code] ?? '';
    assert.doesNotMatch(caught.details, /key-/);
  });
  await until(() => server.ends.length > known, 'the call is counted');
  assert.equal(server.ends.length, known + 1, 'counted once');
  return [code, server.ends.at(-1)?.code ?? ''];
}

const ok = ['OK', 'OK'] as const;
const unknown = ['UNAUTHENTICATED', 'UNAUTHENTICATED'] as const;
const denied = ['PERMISSION_DENIED', 'PERMISSION_DENIED'] as const;

test('keys: each call is answered to those whose key is for it, and counted once', async () => {
  const cases: readonly [string, string, object, readonly [string, string]][] = [
    ['', 'health.Check', { service: '' }, ok],
    ['', 'inference.ServerReady', {}, ok],
    ['', 'inference.ServerMetadata', {}, unknown],
    ['', 'inference.ModelInfer', ask('m'), unknown],
    ['key-two', 'inference.ModelInfer', ask('m'), unknown],
    ['key-one', 'inference.ModelInfer', ask('m'), ok],
    ['key-one', 'inference.ModelInfer', ask('other'), denied],
    ['key-one', 'inference.ModelMetadata', { name: 'm' }, ok],
    ['key-one', 'inference.ModelMetadata', { name: 'other' }, denied],
    ['key-one', 'inference.ModelStatistics', { name: '' }, denied],
    ['key-one', 'inference.RepositoryIndex', {}, denied],
    ['key-one', 'inference.LogSettings', {}, denied],
    ['key-ops', 'inference.ModelInfer', ask('m'), denied],
    ['key-ops', 'inference.RepositoryIndex', {}, ok],
    ['key-ops', 'inference.LogSettings', {}, ok],
    ['key-one', 'inference.RepositoryModelLoad', { model_name: 'm' }, denied],
    ['key-ops', 'inference.RepositoryModelLoad', { model_name: 'm' }, ['UNIMPLEMENTED', 'UNSUPPORTED']],
  ];
  for (const [key, method, request, wanted] of cases)
    assert.deepEqual(await outcome(key, method, request), wanted, `${key} ${method} ${JSON.stringify(request)}`);
});

test('keys: MindSpore Serving is told of a servable that is not its own in the reply', async () => {
  const { path, requestSerialize, responseDeserialize } = methodOf('mindspore.serving.proto.MSService', 'Predict');
  const tensor = { shape: { dims: [1] }, dtype: 'MS_FLOAT32', data: Buffer.alloc(4) };
  const predict = async (name: string): Promise<string> => {
    const message = { servable_spec: { name, method_name: 'predict' }, instances: [{ items: { x: tensor } }] };
    const { reply } = await client.raw(path, requestSerialize(message), responseDeserialize, with_('key-one'));
    const [error] = (reply as { error_msg: readonly { error_code: unknown; error_msg: Buffer }[] }).error_msg;
    return error === undefined ? '' : `${error.error_code} ${error.error_msg}`;
  };
  assert.equal(await predict('other'), '1 key "one": is not for the servable "other"');
  await until(() => server.ends.at(-1)?.code === 'PERMISSION_DENIED', 'it is counted as what it is');
});

test('keys: reflection wants one that is for metadata', async () => {
  const reflection = new ReflectionClient(address);
  await assert.rejects(reflection.services(), /UNAUTHENTICATED/);
  reflection.close();
});

test('keys: a stream is begun with one, and each request of it is asked for', async () => {
  const { path, requestSerialize, responseDeserialize } = methodOf(
    'inference.GRPCInferenceService',
    'ModelStreamInfer',
  );
  const told = async (key: string, models: readonly string[]): Promise<readonly string[]> => {
    const stream = client.client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      with_(key).metadata,
    );
    const texts: string[] = [];
    stream.on('data', ({ error_message: text }: { error_message: string }) => texts.push(text));
    for (const model of models) stream.write(ask(model));
    stream.end();
    await new Promise<void>((resolve) => {
      stream.on('error', ({ code }: { code: number }) => texts.push(status[code] ?? ''));
      stream.on('close', resolve);
      stream.on('end', resolve);
    });
    return texts;
  };
  assert.deepEqual(await told('key-one', ['m', 'other']), ['', 'key "one": is not for the servable "other"']);
  assert.deepEqual(await told('', ['m']), ['UNAUTHENTICATED']);
  assert.deepEqual(await told('key-ops', ['m']), ['PERMISSION_DENIED']);
});
