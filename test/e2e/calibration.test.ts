// A server whose configuration asks for 8 bits, with the demo's model on the native addon: quantised at its first load, kept after that.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { NpyArray } from '../../server/npz/npy.ts';
import { readNpz, writeNpz } from '../../server/npz/npz.ts';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, runToEnd, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const images = 360;
const place = new Workplace();
const data = place.path('servables/digits/calibration.npz');
const environment = { MINDIRD_ADDON: nativeAddon };
const config = (calibration: string): string =>
  `model: {outputs: [logits], precision: int8}\nbatching: {max_batch: 16, buckets: [16]}\ncalibration: ${calibration}\n`;
let arrays: ReadonlyMap<string, NpyArray> = new Map();
let server: ServerProcess | undefined;

/** Writes some of the images as samples: the file is another one at once. */
async function putSamples(count: number, change: (bytes: Buffer) => void = () => undefined): Promise<void> {
  const all = arrays.get('images');
  assert.ok(all !== undefined);
  const bytes = Buffer.from(all.bytes.subarray(0, count * 4096));
  change(bytes);
  await writeNpz(place.path('new.npz'), new Map([['image', { ...all, shape: [count, 1, 32, 32], bytes }]]));
  renameSync(place.path('new.npz'), data);
}

async function start(): Promise<ServerProcess> {
  server = await ServerProcess.start(place, { environment });
  return server;
}

async function stop(): Promise<void> {
  await server?.close();
  server = undefined;
}

/** How many of all images a servable reads right. */
async function rightOnes(running: ServerProcess, name: string): Promise<number> {
  const [pixels, labels] = [arrays.get('images')?.bytes, arrays.get('labels')?.bytes];
  assert.ok(pixels !== undefined && labels !== undefined);
  const message = {
    model_name: name,
    inputs: [{ name: 'image', datatype: 'FP32', shape: [images, 1, 32, 32] }],
    raw_input_contents: [Buffer.from(pixels)],
  };
  const { reply } = await running
    .client()
    .call<{ readonly raw_output_contents: readonly Buffer[] }>('inference.ModelInfer', message);
  const logits = new Float32Array(Uint8Array.from(reply.raw_output_contents[0] ?? []).buffer);
  const wanted = new BigInt64Array(Uint8Array.from(labels).buffer);
  let right = 0;
  for (const [index, label] of wanted.entries()) {
    const row = logits.slice(index * 10, index * 10 + 10);
    if (row.indexOf(Math.max(...row)) === Number(label)) right += 1;
  }
  return right;
}

interface Report {
  readonly options: { readonly precision: string };
  readonly calibration?: Readonly<Record<string, unknown>>;
}

const reportOf = async ({ httpUrl }: ServerProcess, name: string): Promise<Report> =>
  (await (await fetch(`${httpUrl}/v2/models/${name}/report`)).json()) as Report;

before(async () => {
  arrays = await readNpz(projectPath('test', 'fixtures', 'digits', 'digits_test.npz'));
  for (const name of ['digits', 'plain']) {
    mkdirSync(path.join(place.repository, name));
    cpSync(projectPath('servables', 'digits', '1'), path.join(place.repository, name, '1'), { recursive: true });
  }
  place.put('servables/digits/servable_config.yaml', config('{data: calibration.npz}'));
  place.put('servables/plain/servable_config.yaml', 'batching: {max_batch: 16, buckets: [16]}\n');
  await putSamples(32);
});
after(async () => {
  await stop();
  place.close();
});

test('the first start quantises, others do not; other samples are measured when they come', async () => {
  const first = await start();
  const made = (from: ServerProcess): unknown[] => from.logged('model.calibrated').map(({ result }) => result);
  await until(() => first.logged('model.ready').length === 2, 'both models');
  assert.deepEqual(made(first), ['miss']);
  const { options, calibration = {} } = await reportOf(first, 'digits');
  assert.equal(options.precision, 'int8');
  assert.deepEqual(
    [calibration['cache'], calibration['method'], calibration['samples'], calibration['kept']],
    ['miss', 'min-max', 32, []],
  );
  assert.equal((calibration['quantised'] as unknown[]).length, 5);
  assert.ok(Number(calibration['cosine']) > 0.999);
  assert.deepEqual(calibration['top1'], { equal: 32, of: 32 });
  assert.equal(JSON.stringify(await reportOf(first, 'digits')).includes(place.folder), false);
  const right = await rightOnes(first, 'digits');
  assert.ok(right >= 355, `${right} of ${images}, 356 in f32`);

  await putSamples(16);
  await until(() => made(first).length === 2, 'the other samples');
  assert.deepEqual(made(first), ['miss', 'miss']);
  await stop();

  const second = await start();
  await until(() => second.logged('model.ready').length === 2, 'both models');
  assert.deepEqual(made(second), ['hit']);
  assert.deepEqual((await reportOf(second, 'digits')).calibration?.['cache'], 'hit');
  assert.equal((await reportOf(second, 'plain')).calibration, undefined);
  assert.ok((await rightOnes(second, 'digits')) >= 354);
  await stop();
});

test('wrong samples fail the version by the array and the element, while others serve; mended ones are taken', async () => {
  await putSamples(16, (bytes) => bytes.writeFloatLE(Number.POSITIVE_INFINITY, 4096 * 3 + 4 * 33));
  const running = await start();
  await until(() => running.logged('model.failed').length === 1, 'the failure');
  const [{ model, code, error } = {}] = running.logged('model.failed');
  assert.deepEqual(
    [model, code, error],
    ['digits', 'INVALID_CONFIG', 'calibration: calibration.npz: array "image": element [3,0,1,1] is Infinity'],
  );
  assert.equal(await rightOnes(running, 'plain'), 356);
  assert.deepEqual(
    readdirSync(place.path('cache')).filter((name) => name.startsWith('.')),
    [],
  );
  await putSamples(32);
  await until(() => running.logged('model.calibrated').length === 1, 'the mended samples');
  assert.equal(running.logged('model.calibrated')[0]?.['result'], 'hit');
  await stop();
});

test('check tells of samples that are not there', () => {
  place.put('servables/digits/servable_config.yaml', config('{data: none.npz}'));
  const { out } = runToEnd(['check', '--repository', place.repository], environment);
  assert.match(out, /calibration\.data: .*none\.npz: not found, want an \.npz file or a folder of them/);
  place.put('servables/digits/servable_config.yaml', config('{data: calibration.npz}'));
});

test('build quantises for the server that comes', () => {
  const cache = place.path('built');
  const args = ['build', '--repository', place.repository, '--cache', cache];
  const built = runToEnd(args, environment);
  assert.equal(built.code, 0, built.err);
  assert.equal(readdirSync(cache).filter((name) => /\.int8(report)?$/.test(name)).length, 2);
});
