import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { FakeVersion } from '../../test/support/fake-directory.ts';
import { FakeServer } from '../../test/support/fake-server.ts';
import { TestClient } from '../../test/support/grpc-client.ts';
import { moduleOf } from '../../test/support/stage-fixture.ts';
import { until } from '../../test/support/until.ts';
import { doublingModel } from '../native/fake-file.ts';
import type { FakeModel } from '../native/fake-model.ts';
import type { PredictReply } from '../protocol/mindspore-serving/messages.ts';
import { methodOf } from '../protocol/protos.ts';
import { openStages, type StageSet } from './stage-set.ts';

const text = `import { addStage, declareModel, InvalidArgument, registerMethod, tensor } from 'mindird/servable';
const own = declareModel();
const other = declareModel({ servable: 'other' });
const missing = declareModel({ servable: 'missing' });
const rows = { dtype: 'FP32', shape: [-1, 2] };
const parse = (texts) => {
  const numbers = texts.data.map((item) => item.toString().split(' ').map(Number));
  if (numbers.flat().some(Number.isNaN)) throw new InvalidArgument('want numbers');
  return tensor(Float32Array.from(numbers.flat()), [numbers.length, numbers[0].length]);
};
const print = (x) => tensor([...x.data].map(String), [x.data.length]);
registerMethod({
  name: 'words',
  description: 'numbers as words, doubled twice',
  inputs: { text: { dtype: 'BYTES', shape: [-1], description: 'two numbers each' } },
  outputs: { words: { dtype: 'BYTES', shape: [-1] }, plain: rows },
  stages({ text }) {
    const doubled = addStage(own, addStage(parse, text));
    const again = addStage(other, doubled);
    return { words: addStage(print, again), plain: doubled };
  },
});
registerMethod({ name: 'lost', inputs: { x: rows }, outputs: { y: rows }, stages: ({ x }) => ({ y: addStage(missing, x) }) });
registerMethod({ name: 'odd', inputs: { x: rows }, outputs: { y: { dtype: 'INT64', shape: [-1] } },
  stages: ({ x }) => ({ y: addStage(own, x) }) });
registerMethod({ name: 'two', inputs: { x: rows }, outputs: { y: rows }, stages: ({ x }) => ({ y: addStage(own, x, x) }) });
registerMethod({ name: 'hang', inputs: { x: rows }, outputs: { y: rows },
  stages: ({ x }) => ({ y: addStage(() => new Promise(() => {}), x, { name: 'never', timeout: '1h' }) }) });
`;

const server = new FakeServer();
let client: TestClient;
let set: StageSet;
let own: FakeVersion;
let other: FakeVersion;
let remove: () => void;

before(async () => {
  const found = await moduleOf(text);
  ({ remove } = found);
  const signature = { inputs: doublingModel([-1, 2]).inputs, outputs: doublingModel([-1, 2]).outputs, batched: true };
  const version = { label: 'm/1', signature, file: 'model.mindir', load: () => Promise.reject(new Error('has one')) };
  set = await openStages(found.plan, version, { warn: () => undefined });
  own = await server.models.add('m', doublingModel([-1, 2]), { stages: set, maxBatch: 8 });
  other = await server.models.add('other', doublingModel([-1, 2]), { maxBatch: 8 });
  client = new TestClient(await server.start());
});
after(async () => {
  client.close();
  await server.drain(1000);
  await set.close();
  remove();
});
afterEach(() => {
  assert.equal(own.leases + other.leases, 0, 'every lease is returned');
  assert.equal(server.admission.requests, 0);
  assert.deepEqual([own.metrics.inFlightNow, other.metrics.inFlightNow], [0, 0]);
});

interface Reply {
  readonly model_name: string;
  readonly outputs: readonly { readonly name: string; readonly datatype: string; readonly shape: readonly string[] }[];
  readonly raw_output_contents: readonly Buffer[];
}

const words = (...texts: string[]): object => ({
  inputs: [
    {
      name: 'text',
      datatype: 'BYTES',
      shape: [texts.length],
      contents: { bytes_contents: texts.map((t) => Buffer.from(t)) },
    },
  ],
});
const numbers = (...values: number[]): object => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [values.length / 2, 2], contents: { fp32_contents: values } }],
});
const infer = (name: string, request: object, timeoutMs?: number): Promise<Reply> =>
  client
    .call<Reply>('inference.ModelInfer', { model_name: name, ...request }, timeoutMs === undefined ? {} : { timeoutMs })
    .then(({ reply }) => reply);
const refusal = (name: string, request: object, timeoutMs?: number): Promise<string> =>
  infer(name, request, timeoutMs).then(
    () => assert.fail('was answered'),
    (error: { code: number; details: string }) => `${error.code} ${error.details}`,
  );
const element = (value: string): Buffer => Buffer.concat([Buffer.from([value.length, 0, 0, 0]), Buffer.from(value)]);

test('chain: functions and models one after the other, by the name of the method or its parameter', async () => {
  const parameters = { method: { string_param: 'words' } };
  for (const [name, more] of [
    ['m:words', {}],
    ['m', { parameters }],
  ] as const) {
    const before = server.ends.length;
    const reply = await infer(name, { ...words('1 2', '3 4'), ...more });
    assert.equal(reply.model_name, 'm');
    assert.deepEqual(
      reply.outputs.map((output) => [output.name, output.datatype, output.shape.map(Number)]),
      [
        ['words', 'BYTES', [4]],
        ['plain', 'FP32', [2, 2]],
      ],
    );
    assert.deepEqual(reply.raw_output_contents[0], Buffer.concat(['4', '8', '12', '16'].map(element)));
    assert.deepEqual([...new Float32Array(Uint8Array.from(reply.raw_output_contents[1] ?? []).buffer)], [2, 4, 6, 8]);
    await until(() => server.ends.length > before, 'the end of the call');
    const [end, another] = server.ends.slice(before);
    assert.equal(another, undefined, 'the call is counted once');
    assert.deepEqual([end?.servable, end?.version, end?.code, end?.rows], ['m', '1', 'OK', 2]);
    assert.deepEqual(
      end?.times?.chain?.map(({ method, stage }) => `${method}/${stage}`),
      ['words/parse', 'words/model', 'words/other', 'words/print'],
    );
    const passed = end?.times?.chain?.reduce((sum, { ns }) => sum + ns, 0) ?? 0;
    assert.ok(passed > 0 && passed <= (end?.times?.totalNs ?? 0), 'the stages are parts of the call');
  }
  assert.deepEqual(
    [own.metrics.batches, other.metrics.batches],
    [
      [2, 2],
      [2, 2],
    ],
    'executions count for the model that ran',
  );
});

test('chain: outputs as they are wanted, and typed', async () => {
  const wanted = { outputs: [{ name: 'words' }], parameters: { typed_output: { bool_param: true } } };
  const { reply } = await client.call<{ outputs: { name: string; contents: { bytes_contents: Buffer[] } }[] }>(
    'inference.ModelInfer',
    { model_name: 'm:words', ...words('1 2'), ...wanted },
  );
  assert.deepEqual(
    reply.outputs.map(({ name, contents }) => [name, contents.bytes_contents.map(String)]),
    [['words', ['4', '8']]],
  );
});

test('chain: what a method does not take is refused with what it wants', async () => {
  assert.equal(await refusal('m:words', words('1 2', 'x y')), '3 method words: stage parse: want numbers');
  assert.equal(await refusal('m:words', numbers(1, 2)), '3 input "x": the method has no such input, it has "text"');
  assert.equal(await refusal('m:odd', words('1 2')), '3 input "text": the method has no such input, it has "x"');
  assert.equal(await refusal('m:odd', {}), '3 input "x": missing, the method wants "x"');
  assert.match(
    await refusal('m:no', words('1 2')),
    /^5 .*m: no method "no", known are "words", "lost", "odd", "hang"$/,
  );
  assert.match(
    await refusal('m:two', words('1 2')),
    /^12 method "two" is not available: stage model: 2 arguments, the model has 1 input$/,
  );
  assert.match(await refusal('other:x', words('1 2')), /^5 .*other: no method "x", known are none$/);
  assert.equal(await refusal('m', words('1 2')), '3 input "text": the model has no such input, it has "x"');
  const both = { ...words('1 2'), parameters: { method: { string_param: 'odd' } } };
  assert.match(await refusal('m:words', both), /^3 method "odd" beside the model name "m:words"/);
});

test('chain: what goes wrong in a stage is told by its code and fails the call alone', async () => {
  assert.match(await refusal('m:lost', numbers(1, 2)), /^14 method lost: stage missing: /);
  assert.match(await refusal('m:odd', numbers(1, 2)), /^13 STAGE_FAILED: the server failed/);
  // The function makes one row of three, which the model does not take: no fault of the caller.
  assert.match(await refusal('m:words', words('1 2 3')), /^13 STAGE_FAILED/);
  assert.equal((await infer('m:words', words('1 2'))).outputs.length, 2);
});

test('chain: a model that waits is given up with the call', async () => {
  const native = own.native as FakeModel;
  native.held = true;
  const before = server.ends.length;
  const cancels: (() => void)[] = [];
  const ask = (): Promise<unknown> =>
    client
      .call(
        'inference.ModelInfer',
        { model_name: 'm:odd', ...numbers(1, 2) },
        { cancelled: (cancel) => cancels.push(cancel) },
      )
      .catch(() => undefined);
  const first = ask();
  await until(() => own.metrics.inFlightNow === 1 && native.queueDepth() === 0, 'the first to be computed');
  const second = ask();
  await until(() => native.queueDepth() === 1, 'the second to wait');
  cancels[1]?.();
  await second;
  await until(() => own.leases === 1, 'the lease of the second');
  native.held = false;
  await first;
  await until(() => server.ends.length === before + 2, 'the ends of both');
  assert.deepEqual(
    server.ends
      .slice(before)
      .map(({ code }) => code)
      .sort(),
    ['CANCELLED', 'STAGE_FAILED'],
  );
});

test('chain: metadata and readiness of a method', async () => {
  const { reply } = await client.call<{ name: string; inputs: object[]; properties: object }>(
    'inference.ModelMetadata',
    { name: 'm:words' },
  );
  assert.equal(reply.name, 'm:words');
  assert.deepEqual(reply.inputs, [{ name: 'text', datatype: 'BYTES', shape: [-1] }]);
  assert.deepEqual(
    { ...reply.properties },
    {
      description: 'numbers as words, doubled twice',
      'description.text': 'two numbers each',
    },
  );
  const ready = async (name: string): Promise<boolean> =>
    (await client.call<{ ready: boolean }>('inference.ModelReady', { name })).reply.ready;
  assert.deepEqual(
    [await ready('m'), await ready('m:words'), await ready('m:two'), await ready('m:no')],
    [true, true, false, false],
  );
});

test('chain: a client of MindSpore Serving names the method, and each instance is a sample', async () => {
  const {
    path: method,
    requestSerialize,
    responseDeserialize,
  } = methodOf('mindspore.serving.proto.MSService', 'Predict');
  const predict = async (method_name: string, instances: object[]): Promise<PredictReply> => {
    const request = { servable_spec: { name: 'm', method_name }, instances };
    const answer = await client.raw(
      method,
      requestSerialize(request),
      (bytes) => responseDeserialize(bytes) as PredictReply,
    );
    return answer.reply;
  };
  const instance = (text: string): object => ({
    items: { text: { shape: { dims: [1] }, dtype: 'MS_STRING', bytes_val: [Buffer.from(text)] } },
  });
  const before = server.ends.length;
  const { instances, error_msg } = await predict('words', [instance('1 2'), instance('x y'), instance('5 6')]);
  assert.deepEqual(
    error_msg.map(({ error_code, error_msg: message }) => [Number(error_code), String(message)]),
    [
      [0, ''],
      [2, 'method words: stage parse: want numbers'],
      [0, ''],
    ],
  );
  assert.deepEqual(instances[2]?.items['words']?.bytes_val?.map(String), ['20', '24']);
  const { plain } = instances[0]?.items ?? {};
  assert.deepEqual(plain?.shape?.dims.map(Number), [2], 'without the dimension of samples');
  assert.deepEqual([...new Float32Array(Uint8Array.from(plain?.data ?? []).buffer)], [2, 4]);
  await until(() => server.ends.length > before, 'the end of the call');
  assert.deepEqual(
    server.ends.slice(before).map(({ servable, rows, times }) => [servable, rows, times?.chain?.length]),
    [['m', 0, 4]],
  );
  const refused = await predict('two', [instance('1 2')]);
  assert.match(String(refused.error_msg[0]?.error_msg), /^method "two" is not available: stage model: 2 arguments/);
});

test('chain: a deadline ends a function that runs, and a caller that goes away one that waits', async () => {
  const parameter = { parameters: { timeout: { int64_param: 50_000 } } };
  assert.equal(
    await refusal('m:hang', { ...numbers(1, 2), ...parameter }),
    '4 method hang: stage never: the deadline passed',
  );
  const before = server.ends.length;
  const cancels: (() => void)[] = [];
  const request = { model_name: 'm:hang', ...numbers(1, 2) };
  const call = client.call('inference.ModelInfer', request, { cancelled: (cancel) => cancels.push(cancel) });
  await until(() => set.pool?.waiting === 1, 'the call to wait');
  cancels[0]?.();
  await assert.rejects(call, { code: 1 });
  await until(() => server.ends.length > before && set.pool?.waiting === 0, 'the end of the call');
  assert.equal(server.ends[before]?.code, 'CANCELLED');
});
