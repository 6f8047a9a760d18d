// Methods of servable_config.py files of the tutorials' kind, called as MindSpore Serving's clients do.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeServer } from '../../test/support/fake-server.ts';
import { TestClient } from '../../test/support/grpc-client.ts';
import { labelled, serveStages } from '../../test/support/stage-fixture.ts';
import { parsePythonServable } from '../config/python/servable-python.ts';
import { methodsOf } from '../model/methods.ts';
import { doublingModel, type FakeModelFile } from '../native/fake-file.ts';
import type { PredictReply } from '../protocol/mindspore-serving/messages.ts';
import { methodOf } from '../protocol/protos.ts';
import type { StageSet } from './stage-set.ts';

const add = `
import numpy as np
from mindspore_serving.server import register

model = register.declare_model(model_file="add.mindir", model_format="MindIR", with_batch_dim=False)

def to_float(x):
    """The network takes float32 alone."""
    return x.astype(np.float32)

@register.register_method(output_names=["y"])
def add_common(x):
    y = register.add_stage(model, x, outputs_count=1)
    return y

@register.register_method(output_names=["y"])
def add_cast(x):
    x = register.add_stage(to_float, x, outputs_count=1)
    y = register.add_stage(model, x, outputs_count=1)
    return y

@register.register_method(output_names=["y"])
def add_image(x):
    x = register.add_stage(decode, x, outputs_count=1)
    y = register.add_stage(model, x, outputs_count=1)
    return y
`;

const server = new FakeServer();
let client: TestClient;
const sets: StageSet[] = [];

/** Serves a file as the manager does, over fake models. */
async function serve(name: string, text: string, model: FakeModelFile): Promise<void> {
  const config = parsePythonServable(text, 'servable_config.py');
  assert.ok(config.chains !== undefined);
  const methods = methodsOf(config);
  const batchDim = config.mindspore_serving.batch_dim === 'yes';
  sets.push(await serveStages(server, name, config.chains, model, { methods, batchDim }));
}

before(async () => {
  await serve('add', add, doublingModel([2, 2], { batched: false }));
  await serve('fixed', labelled, doublingModel([4, 3], { batched: false }));
  await serve('open', labelled, doublingModel([-1, 3]));
  client = new TestClient(await server.start());
});
after(async () => {
  client.close();
  await server.drain(1000);
  for (const set of sets) await set.close();
});

const predict = methodOf('mindspore.serving.proto.MSService', 'Predict');

async function ask(name: string, method: string, ...instances: object[]): Promise<PredictReply> {
  const request = { servable_spec: { name, method_name: method }, instances };
  const read = (bytes: Buffer): PredictReply => predict.responseDeserialize(bytes) as PredictReply;
  return (await client.raw(predict.path, predict.requestSerialize(request), read)).reply;
}

const numbers = (values: ArrayLike<number>, dtype: string, dims: readonly number[], data: ArrayBufferView): object => ({
  items: {
    x: {
      shape: { dims },
      dtype,
      data: Buffer.from(data.buffer, data.byteOffset, values.length * (data.byteLength / values.length)),
    },
  },
});
const floats = (values: number[], dims: readonly number[]): object =>
  numbers(values, 'MS_FLOAT32', dims, Float32Array.from(values));
const values = (bytes: Uint8Array | undefined): number[] => [...new Float32Array(Uint8Array.from(bytes ?? []).buffer)];
const failure = ({ error_msg }: PredictReply): string => String(error_msg[0]?.error_msg ?? '');

test('python: astype in front of the model; the method with an unknown function says why and hinders no other', async () => {
  const whole = numbers([1, 2, 3, 4], 'MS_INT32', [2, 2], Int32Array.of(1, 2, 3, 4));
  const cast = await ask('add', 'add_cast', whole);
  assert.deepEqual([failure(cast), values(cast.instances[0]?.items['y']?.data)], ['', [2, 4, 6, 8]]);
  assert.match(failure(await ask('add', 'add_common', whole)), /datatype is INT32, want FP32/);
  assert.deepEqual(
    values((await ask('add', 'add_common', floats([1, 2, 3, 4], [2, 2]))).instances[0]?.items['y']?.data),
    [2, 4, 6, 8],
  );
  const reason =
    /servable_config\.py:24: the stage decode is a Python function, which is not run \(it is not defined in this file\)/;
  assert.match(failure(await ask('add', 'add_image', whole)), reason);
});

for (const name of ['fixed', 'open'])
  test(`python: two models and a function of labels, each instance a sample (${name})`, async () => {
    const reply = await ask(name, 'classify', floats([1, 3, 2], [3]), floats([9, 0, 5], [3]));
    assert.equal(failure(reply), '');
    assert.deepEqual(
      reply.instances.map(({ items }) => [
        items['labels']?.dtype,
        items['labels']?.bytes_val?.map(String),
        items['labels']?.shape?.dims.length,
      ]),
      [
        ['MS_STRING', ['dog;horse'], 0],
        ['MS_STRING', ['cat;horse'], 0],
      ],
    );
    assert.deepEqual(values(reply.instances[0]?.items['scores']?.data), [12, 8]);
    assert.deepEqual(values(reply.instances[1]?.items['raw']?.data), [36, 0, 20]);
    assert.deepEqual(reply.instances[1]?.items['raw']?.shape?.dims.map(Number), [3]);
    const best = await ask(name, 'classify_best', floats([1, 3, 2], [3]));
    assert.deepEqual(best.instances[0]?.items['label']?.bytes_val?.map(String), ['dog']);
    assert.match(
      failure(await ask(name, 'classify', floats([1, 2], [2]))),
      /method classify: stage first: input "x": shape is \[\d,2\]/,
    );
  });

test('python: metadata of a method says nothing of types that nothing is said of', async () => {
  const { reply } = await client.call<{ inputs: object[]; outputs: { name: string }[] }>('inference.ModelMetadata', {
    name: 'open:classify',
  });
  assert.deepEqual(reply.inputs, [{ name: 'x', datatype: '', shape: [-1] }]);
  assert.deepEqual(
    reply.outputs.map((output) => output.name),
    ['labels', 'scores', 'raw'],
  );
});
