// A pruned model on TensorRT's stand-in: TensorRT is told of the zeros, and answers as the reference engine does.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
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

const place = new Workplace();
const servers: ServerProcess[] = [];
let image: Uint8Array = new Uint8Array();

before(async () => {
  const images = (await readNpz(projectPath('test', 'fixtures', 'digits', 'digits_test.npz'))).get('images');
  assert.ok(images !== undefined);
  image = images.bytes.subarray(0, 4096);
  const data = place.path('calibration.npz');
  await writeNpz(data, new Map([['image', images]]));
  const folder = path.join(place.repository, 'digits', '1');
  mkdirSync(folder, { recursive: true });
  const words = ['--data', data, '--out', path.join(folder, 'model.mindir'), '--cosine', '0.9', '--samples', '32'];
  const { status, stderr } = spawnSync(
    projectPath('bin', 'mindird'),
    ['prune', projectPath('servables', 'digits', '1', 'model.mindir'), ...words],
    { encoding: 'utf8', env: { ...process.env, MINDIRD_ADDON: addonPath() } },
  );
  assert.equal(status, 0, stderr);
});
after(async () => {
  for (const server of servers) await server.close();
  place.close();
});

async function logits(engine: string): Promise<{ server: ServerProcess; values: Float32Array }> {
  const environment = { ...standInEnvironment(), MINDIRD_ADDON: addonPath() };
  const server = await ServerProcess.start(place, { args: ['--engine', engine], environment });
  servers.push(server);
  await until(() => server.logged('model.ready').length === 1, 'the model');
  const { reply } = await server
    .client()
    .call<{ readonly raw_output_contents: readonly Buffer[] }>('inference.ModelInfer', {
      model_name: 'digits',
      inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 1, 32, 32] }],
      raw_input_contents: [Buffer.from(image)],
    });
  return { server, values: floatsOf(reply.raw_output_contents[0] ?? new Uint8Array()) };
}

interface Partition {
  readonly engine: string;
  readonly details?: readonly { readonly name: string; readonly value: string }[];
}

test('TensorRT is told which products have two zeros in every four weights', async () => {
  const found = await logits('auto');
  const expected = await logits('reference');
  assert.equal(found.values.length, 10);
  assert.ok(cosine(found.values, expected.values) > 0.9999);
  const report = (await (await fetch(`${found.server.httpUrl}/v2/models/digits/report`)).json()) as {
    readonly native: { readonly plans: readonly { readonly partitions: readonly Partition[] }[] };
  };
  const [partition] = report.native.plans[0]?.partitions ?? [];
  assert.equal(partition?.engine, 'tensorrt');
  assert.equal(partition?.details?.find(({ name }) => name === 'sparse weights')?.value, '3 of 5 products');
});
