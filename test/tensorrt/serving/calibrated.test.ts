// A model that the server itself quantised, on TensorRT's stand-in: the same file as for cpu, its integers kept, its answers those of the reference engine.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { addonPath } from '../../../server/native/addon-file.ts';
import { readNpz, writeNpz } from '../../../server/npz/npz.ts';
import { cosine } from '../../../server/quantise/compare.ts';
import { floatsOf } from '../../../server/quantise/weights.ts';
import { projectPath } from '../../../server/util/root.ts';
import { ServerProcess, Workplace } from '../../support/server-process.ts';
import { until } from '../../support/until.ts';
import { standInEnvironment } from './stand-ins.ts';

const count = 16;
const place = new Workplace();
const data = place.path('servables/digits/calibration.npz');
/** The builder's settings show in what the stand-in says of its engines. */
const settings = { MINDIRD_TENSORRT_OPTIMIZATION_LEVEL: '5', MINDIRD_TENSORRT_BUILD_THREADS: '2' };
const servers: ServerProcess[] = [];

before(async () => {
  mkdirSync(path.join(place.repository, 'digits'));
  cpSync(projectPath('servables', 'digits', '1'), path.join(place.repository, 'digits', '1'), { recursive: true });
  place.put(
    'servables/digits/servable_config.yaml',
    `model: {precision: int8}\nbatching: {max_batch: ${count}, buckets: [${count}]}\ncalibration: {data: calibration.npz, samples: ${count}}\n`,
  );
  const images = (await readNpz(projectPath('test', 'fixtures', 'digits', 'digits_test.npz'))).get('images');
  assert.ok(images !== undefined);
  const bytes = images.bytes.subarray(0, count * 4096);
  await writeNpz(data, new Map([['image', { ...images, shape: [count, 1, 32, 32], bytes }]]));
});
after(async () => {
  for (const server of servers) await server.close();
  place.close();
});

/** Logits of the samples, by a server that loaded the model as `from` says. */
async function logits(engine: string, from: string): Promise<{ server: ServerProcess; values: Float32Array }> {
  const environment = { ...standInEnvironment(), ...settings, MINDIRD_ADDON: addonPath() };
  const server = await ServerProcess.start(place, { args: ['--engine', engine], environment });
  servers.push(server);
  await until(() => server.logged('model.ready').length === 1, 'the model');
  assert.equal(server.logged('model.calibrated')[0]?.['result'], from);
  const image = (await readNpz(data)).get('image');
  const message = {
    model_name: 'digits',
    inputs: [{ name: 'image', datatype: 'FP32', shape: [count, 1, 32, 32] }],
    raw_input_contents: [Buffer.from(image?.bytes ?? [])],
  };
  const { reply } = await server
    .client()
    .call<{ readonly raw_output_contents: readonly Buffer[] }>('inference.ModelInfer', message);
  return { server, values: floatsOf(reply.raw_output_contents[0] ?? new Uint8Array()) };
}

interface Partition {
  readonly engine: string;
  readonly steps: readonly string[];
  readonly details?: readonly { readonly name: string; readonly value: string }[];
}

test('TensorRT multiplies the integers that the server found, and its builder is set as configured', async () => {
  const found = await logits('auto', 'miss');
  const expected = await logits('reference', 'hit');
  assert.equal(found.values.length, count * 10);
  assert.ok(cosine(found.values, expected.values) > 0.9999);

  const report = (await (await fetch(`${found.server.httpUrl}/v2/models/digits/report`)).json()) as {
    readonly native: { readonly plans: readonly { readonly partitions: readonly Partition[] }[] };
  };
  const [partition, ...more] = report.native.plans[0]?.partitions ?? [];
  assert.deepEqual([partition?.engine, more], ['tensorrt', []]);
  assert.equal(partition?.details?.find(({ name }) => name === 'computes in')?.value, 'fp32+int8');
  for (const step of ['built with level 5', 'built with 2 threads'])
    assert.ok(partition?.steps.includes(step), partition?.steps.join('\n'));
});
