// A servable_config.mjs in the real server: served, measured, reloaded when it or a file it imports changes, and checked.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { doublingModel } from '../../server/native/fake-file.ts';
import { runToEnd, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const place = new Workplace();
let server: ServerProcess;

const config = (
  more = '',
): string => `import { addStage, configure, declareModel, registerMethod, tensor } from 'mindird/servable';
import { factor } from './lib/factor.mjs';
configure({ memory: '32MiB' });
const x = { dtype: 'FP32', shape: [-1, 2] };
const greedy = () => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); };
registerMethod({ name: 'greedy', inputs: { x }, outputs: { y: x }, stages: ({ x }) => ({ y: addStage(greedy, x, { timeout: '1m' }) }) });
const scale = (x) => tensor(x.data.map((v) => v * factor), x.shape);
registerMethod({
  name: 'scaled',
  inputs: { x: { dtype: 'FP32', shape: [-1, 2] } },
  outputs: { y: { dtype: 'FP32', shape: [-1, 2] } },
  stages: ({ x }) => ({ y: addStage(declareModel(), addStage(scale, x)) }),${more}
});
`;

before(async () => {
  place.put('servables/m/lib/factor.mjs', 'export const factor = 10;\n');
  place.put('servables/m/servable_config.mjs', config());
  place.model('m', 1);
  server = await ServerProcess.start(place, { args: ['--log-level', 'info'] });
});
after(async () => {
  await server.close();
  place.close();
});

async function ask(model: string, name = 'x'): Promise<number[]> {
  const { reply } = await server.client().call<{ raw_output_contents: Buffer[] }>('inference.ModelInfer', {
    model_name: model,
    inputs: [{ name, datatype: 'FP32', shape: [1, 2], contents: { fp32_contents: [1, 2] } }],
  });
  return [...new Float32Array(Uint8Array.from(reply.raw_output_contents[0] ?? []).buffer)];
}

const scaled = (): Promise<number[]> => ask('m:scaled');

test('stages: a method is served, and its stages are measured', async () => {
  assert.deepEqual(await scaled(), [20, 40]);
  const metrics = await server.metrics();
  const labels = (stage: string): string => `model="m",version="1",method="scaled",stage="${stage}"`;
  for (const stage of ['scale', 'model'])
    assert.equal(metrics.get(`mindird_method_stage_duration_seconds_count{${labels(stage)}}`), 1);
  assert.equal(metrics.get('mindird_requests_total{model="m",version="1",code="OK"}'), 1);
});

test('stages: a function that takes all of its memory fails its own call, and a server that is killed leaves no process', async () => {
  await assert.rejects(ask('m:greedy'), { code: 13, details: /^STAGE_FAILED/ });
  assert.deepEqual(await scaled(), [20, 40]);
  const [lost] = server.logged('stage.worker_lost');
  assert.match(String(lost?.['error']), /^(used more than its memory|ended its process \(SIGABRT\))$/);
  const own = await ServerProcess.start(place);
  const children = readFileSync(`/proc/${own.pid}/task/${own.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  assert.ok(children.length > 0);
  await own.close();
  await until(() => children.every((pid) => !existsSync(`/proc/${pid}`)), 'the end of the processes');
});

test('stages: a change of an imported file is taken over, a wrong one leaves what serves', async () => {
  place.put('servables/m/lib/factor.mjs', 'export const factor = 100;\n');
  await until(async () => (await scaled())[0] === 200, 'the changed factor');
  place.put('servables/m/servable_config.mjs', config('\n  outptus: {},'));
  await until(() => server.logged('servable.rejected').length > 0, 'the refusal');
  assert.match(
    String(server.logged('servable.rejected')[0]?.['error']),
    /^is not known, the nearest known one is outputs$/,
  );
  assert.deepEqual(await scaled(), [200, 400]);
});

test('stages: a version with two models is a chain of both', async () => {
  place.put('servables/two/1/second.mindir', JSON.stringify(doublingModel([-1, 2])));
  place.put('servables/two/1/first.mindir', JSON.stringify(doublingModel([-1, 2])));
  place.put(
    'servables/two/servable_config.mjs',
    `import { addStage, declareModel, registerMethod } from 'mindird/servable';
const [first, second] = ['first.mindir', 'second.mindir'].map((file) => declareModel({ file }));
const x = { dtype: 'FP32', shape: [-1, 2] };
registerMethod({ name: 'both', inputs: { x }, outputs: { y: x }, stages: ({ x }) => ({ y: addStage(second, addStage(first, x)) }) });
`,
  );
  await until(() => server.logged('model.ready').some(({ model }) => model === 'two'), 'the version');
  assert.deepEqual(await ask('two:both'), [4, 8]);
  assert.equal((await server.metrics()).get('mindird_memory_bytes{model="two",version="1",kind="constants"}'), 2000);
});

test('stages: a servable made of methods alone is served by every protocol, and stands in the index', async () => {
  place.model('plain', 1);
  const x = "{ dtype: 'FP32', shape: [-1, 2] }";
  place.put(
    'servables/pipe/servable_config.mjs',
    `import { addStage, declareModel, registerMethod } from 'mindird/servable';
const twice = declareModel({ servable: 'plain' });
registerMethod({ name: 'four', inputs: { x: ${x} }, outputs: { y: ${x} }, stages: ({ x }) => ({ y: addStage(twice, addStage(twice, x)) }) });
`,
  );
  place.put(
    'servables/python/servable_config.py',
    `import numpy as np
from mindspore_serving.server import register

def shift(x):
    return x + np.float32(1)

@register.register_method(output_names=["y"])
def up(x):
    y = register.add_stage(shift, x, outputs_count=1)
    return y

@register.register_method(output_names=["y"])
def up_twice(x):
    y = register.add_stage(shift, x, outputs_count=1)
    y = register.add_stage(shift, y, outputs_count=1)
    return y
`,
  );
  const http = async (path: string, body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${server.httpUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return reply.json();
  };
  const states = async (): Promise<string[]> =>
    ((await http('/v2/repository/index', {})) as { name: string; version: string; state: string }[])
      .filter(({ name }) => ['pipe', 'plain', 'python'].includes(name))
      .map(({ name, version, state }) => `${name}/${version} ${state}`);
  await until(async () => (await states()).join() === 'pipe/1 READY,plain/1 READY,python/1 READY', 'all in the index');
  const four = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] };
  const told = async (path: string, body: object): Promise<unknown> =>
    ((await http(path, body)) as { outputs?: { data: number[] }[] }).outputs?.[0]?.data;
  for (const model of ['pipe', 'pipe:four', 'python:up']) {
    const wanted = model === 'python:up' ? [2, 3] : [4, 8];
    assert.deepEqual([await ask(model), await told(`/v2/models/${model}/infer`, four)], [wanted, wanted], model);
  }
  assert.deepEqual(await told('/v2/models/python/infer', { ...four, parameters: { method: 'up_twice' } }), [3, 4]);
  assert.deepEqual(await told('/v2/models/pipe/versions/1/infer', { ...four, parameters: { method: 'four' } }), [4, 8]);
  await assert.rejects(ask('python'), {
    details: /python: has no model of its own, want one of its methods: "python:up", "python:up_twice"/,
  });
  const rest = await http('/model/pipe:four', {
    instances: [{ x: { b64: 'AACAPwAAAEA=', type: 'fp32', shape: [2] } }],
  });
  assert.deepEqual(rest, { instances: [{ y: [4, 8] }] });
  const grpc = (await http('/model/python:up', { instances: [{ x: [1.5] }] })) as object;
  assert.deepEqual(grpc, { instances: [{ y: [2.5] }] });
  assert.match(JSON.stringify(await http('/model/pipe:predict', { instances: [{ x: [1] }] })), /pipe has \\"four\\"/);
  const about = await server
    .client()
    .call<{ name: string; inputs: object[] }>('inference.ModelMetadata', { name: 'pipe' });
  assert.deepEqual([about.reply.name, about.reply.inputs], ['pipe', [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }]]);
  const report = await (await fetch(`${server.httpUrl}/v2/models/pipe/report`)).json();
  assert.equal((report as { model: string }).model, 'pipe');
  assert.equal((await server.metrics()).get('mindird_requests_total{model="pipe",version="1",code="OK"}'), 6);
  const { code, out } = runToEnd(['check', '--repository', place.repository]);
  assert.match(out, /pipe \(1\).*python \(1\)/, `${code}`);
});

test('stages: an ensemble of a config.pbtxt is a chain under its own name', async () => {
  place.model('double', 1);
  place.put(
    'servables/pair/config.pbtxt',
    `name: "pair" platform: "ensemble" max_batch_size: 4
input { name: "x" data_type: TYPE_FP32 dims: [ 2 ] }
output { name: "y" data_type: TYPE_FP32 dims: [ 2 ] }
ensemble_scheduling { step [
  { model_name: "double" model_version: -1 input_map { key: "x" value: "twice" } output_map { key: "y" value: "y" } },
  { model_name: "double" model_version: 1 input_map { key: "x" value: "x" } output_map { key: "y" value: "twice" } }
] }
`,
  );
  const ready = async (): Promise<boolean> => {
    const told = await Promise.all(
      ['pair', 'double'].map((name) => fetch(`${server.httpUrl}/v2/models/${name}/ready`)),
    );
    return told.every(({ ok }) => ok);
  };
  await until(ready, 'the ensemble and its model');
  assert.deepEqual(await ask('pair'), [4, 8]);
  const about = await (await fetch(`${server.httpUrl}/v2/models/pair/config`)).json();
  const tensor = (name: string): object => ({ name, data_type: 'TYPE_FP32', dims: [2] });
  assert.deepEqual(about, {
    name: 'pair',
    platform: 'ensemble',
    max_batch_size: 4,
    input: [tensor('x')],
    output: [tensor('y')],
    model_transaction_policy: { decoupled: false },
  });
});

test('stages: an ensemble whose steps are ensembles runs all of them, and follows their files', async () => {
  const outer = (step: string): string => `platform: "ensemble" max_batch_size: 4
input { name: "in" data_type: TYPE_FP32 dims: [ 2 ] }
output { name: "out" data_type: TYPE_FP32 dims: [ 2 ] }
ensemble_scheduling { step [
  { model_name: "pair" model_version: -1 input_map { key: "x" value: "in" } output_map { key: "y" value: "four" } },
  { model_name: "${step}" model_version: -1 input_map { key: "x" value: "four" } output_map { key: "y" value: "out" } }
] }
`;
  place.put('servables/nested/config.pbtxt', outer('pair'));
  await until(async () => (await fetch(`${server.httpUrl}/v2/models/nested/ready`)).ok, 'the outer ensemble');
  assert.deepEqual(await ask('nested', 'in'), [16, 32]);
  const pair = readFileSync(path.join(place.repository, 'pair/config.pbtxt'), 'utf8');
  const once = pair.replace('value: "twice" } output_map', 'value: "x" } output_map');
  assert.notEqual(once, pair);
  place.put('servables/pair/config.pbtxt', once);
  await until(async () => (await ask('nested', 'in'))[0] === 4, 'what the inner ensemble is now');
  assert.deepEqual(await ask('pair'), [2, 4]);
});

test('stages: check names what is wrong with its place', () => {
  const { code, out } = runToEnd(['check', '--repository', place.repository]);
  assert.equal(code, 78);
  assert.match(out, /servables\/m\/servable_config\.mjs:\d+: registerMethod\.outptus: is not known/);
});
