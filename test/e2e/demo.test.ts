// The demo servable on the native addon: the real process, the real model, real files that come and break.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { readNpz } from '../../server/npz/npz.ts';
import { projectPath } from '../../server/util/root.ts';
import type { TestClient } from '../support/grpc-client.ts';
import { nativeAddon, runToEnd, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const images = 360;
const pixels = 32 * 32;
const model = projectPath('servables', 'digits', '1', 'model.mindir');
const fixed = projectPath('test', 'fixtures', 'digits', 'digits.mindir');

interface Expected {
  readonly images: Float32Array;
  readonly labels: BigInt64Array;
  readonly logits: Float32Array;
}

async function expected(): Promise<Expected> {
  const arrays = await readNpz(projectPath('test', 'fixtures', 'digits', 'digits_test.npz'));
  const bytes = (name: string): ArrayBuffer => Uint8Array.from(arrays.get(name)?.bytes ?? []).buffer;
  return {
    images: new Float32Array(bytes('images')),
    labels: new BigInt64Array(bytes('labels')),
    logits: new Float32Array(bytes('logits')),
  };
}

interface InferReplyMessage {
  readonly model_version: string;
  readonly raw_output_contents: readonly Buffer[];
}

/** Logits of some images, in one request. */
async function classify(
  client: TestClient,
  rows: Float32Array,
  version = '',
  options: { readonly timeoutMs?: number } = {},
): Promise<{ readonly version: string; readonly logits: Float32Array }> {
  const message = {
    model_name: 'digits',
    model_version: version,
    inputs: [{ name: 'image', datatype: 'FP32', shape: [rows.length / pixels, 1, 32, 32] }],
    raw_input_contents: [Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength)],
  };
  const { reply } = await client.call<InferReplyMessage>('inference.ModelInfer', message, options);
  return {
    version: reply.model_version,
    logits: new Float32Array(Uint8Array.from(reply.raw_output_contents[0] ?? []).buffer),
  };
}

function largest(row: Float32Array): number {
  return row.indexOf(Math.max(...row));
}

let place: Workplace;
let server: ServerProcess | undefined;
beforeEach(() => {
  place = new Workplace();
  cpSync(projectPath('servables', 'digits'), path.join(place.repository, 'digits'), { recursive: true });
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  place.close();
});

const start = async (...args: readonly string[]): Promise<ServerProcess> => {
  server = await ServerProcess.start(place, { args, environment: { MINDIRD_ADDON: nativeAddon } });
  return server;
};

for (const engine of ['cpu', 'reference']) {
  test(`demo: the digits are classified as stated on ${engine}, whatever the batch`, async () => {
    const { images: all, labels, logits: wanted } = await expected();
    const client = (await start('--engine', engine)).client();
    let right = 0;
    let row = 0;
    const sizes = [1, 2, 3, 4, 5, 15, 16];
    for (let turn = 0; row < images; turn++) {
      const count = Math.min(sizes[turn % sizes.length] ?? 1, images - row);
      const { logits } = await classify(client, all.subarray(row * pixels, (row + count) * pixels));
      assert.equal(logits.length, count * 10);
      for (let i = 0; i < count; i++, row++) {
        const own = logits.subarray(i * 10, i * 10 + 10);
        const reference = wanted.subarray(row * 10, row * 10 + 10);
        own.forEach((value, j) =>
          assert.ok(
            Math.abs(value - (reference[j] ?? 0)) <= 1e-4 + 1e-3 * Math.abs(reference[j] ?? 0),
            `image ${row}, logit ${j}: ${value}`,
          ),
        );
        assert.equal(largest(own), largest(reference));
        if (BigInt(largest(own)) === labels[row]) right += 1;
      }
    }
    assert.equal(right, 356);
  });
}

test('demo: no images, more than a batch has room for, and a deadline below the queue delay', async () => {
  const { images: all, logits: wanted } = await expected();
  place.put(
    'servables/digits/servable_config.yaml',
    'batching: {max_batch: 16, max_queue_delay: 10s}\nmodel: {outputs: [logits]}\n',
  );
  const client = (await start()).client();
  assert.equal((await classify(client, all.subarray(0, 0))).logits.length, 0);
  const many = await classify(client, all.subarray(0, 50 * pixels));
  assert.equal(many.logits.length, 50 * 10);
  const one = await classify(client, all.subarray(49 * pixels, 50 * pixels), '', { timeoutMs: 2000 });
  for (const [logits, row] of [
    [many.logits.subarray(49 * 10), 49],
    [one.logits, 49],
    [many.logits, 0],
  ] as const)
    assert.equal(largest(logits.subarray(0, 10)), largest(wanted.subarray(row * 10, row * 10 + 10)));
});

test('demo: versions come, break and are repaired under load without a failed request', async () => {
  const { images: all } = await expected();
  const own = await start();
  const client = own.client();
  const failures: unknown[] = [];
  const versions = new Set<string>();
  let running = true;
  const worker = async (): Promise<void> => {
    for (let i = 0; running; i = (i + 1) % images) {
      await classify(client, all.subarray(i * pixels, (i + 1) * pixels)).then(
        ({ version }) => versions.add(version),
        (caught) => failures.push(caught),
      );
    }
  };
  const workers = [worker(), worker()];
  place.put('servables/digits/2/digits.mindir', readFileSync(fixed));
  await until(() => versions.has('2'), 'version 2');
  place.put('servables/digits/3/digits.mindir', readFileSync(fixed).subarray(0, 100_000));
  await until(() => own.logged('model.failed').length === 1, 'the failure of version 3');
  assert.equal(own.logged('model.failed')[0]?.['code'], 'INVALID_MODEL');
  assert.match(String(own.logged('model.failed')[0]?.['error']), /^digits\/3: .*digits\.mindir/);
  place.put('servables/digits/3/digits.mindir', readFileSync(fixed));
  await until(() => versions.has('3'), 'version 3');
  running = false;
  await Promise.all(workers);
  assert.deepEqual(failures, []);
  own.signal('SIGTERM');
  assert.equal(await own.exited(), 0);
});

test('demo: a model file that is overwritten or cut after it is ready does not disturb the copy that serves', async () => {
  const { images: all, logits: wanted } = await expected();
  const client = (await start()).client();
  const served = path.join(place.repository, 'digits/1/model.mindir');
  truncateSync(served, 0);
  for (let i = 0; i < 20; i++) {
    const { logits } = await classify(client, all.subarray(i * pixels, (i + 1) * pixels));
    assert.equal(largest(logits), largest(wanted.subarray(i * 10, i * 10 + 10)));
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  writeFileSync(served, readFileSync(model).reverse());
  await until(() => server?.logged('model.failed').some((line) => line['version'] === '1') === true, 'the failure');
  assert.equal((await classify(client, all.subarray(0, pixels))).version, '1');
});

test('demo: the second start takes its engines from the cache', async () => {
  const first = await start('--engine', 'cpu');
  first.signal('SIGTERM');
  assert.equal(await first.exited(), 0);
  const second = await start('--engine', 'cpu');
  const metrics = await (await fetch(`${second.httpUrl}/metrics`)).text();
  assert.match(metrics, /^mindird_engine_cache_total\{engine="cpu",result="hit"\} [1-9]/m);
  assert.doesNotMatch(metrics, /^mindird_engine_cache_total\{engine="cpu",result="miss"\}/m);
});

test('demo: what is in flight when the signal comes is answered', async () => {
  const { images: all } = await expected();
  const own = await start('--engine', 'reference');
  const client = own.client();
  const requests = Array.from({ length: 64 }, (_, i) => classify(client, all.subarray(i * pixels, (i + 1) * pixels)));
  await until(async () => {
    const metrics = await own.metrics();
    const waiting = metrics.get('mindird_requests_in_flight{model="digits",version="1"}') ?? 0;
    const answered = metrics.get('mindird_requests_total{model="digits",version="1",code="OK"}') ?? 0;
    return waiting + answered === 64;
  }, 'all requests to be there');
  own.signal('SIGTERM');
  assert.equal((await Promise.all(requests)).length, 64);
  assert.equal(await own.exited(), 0);
});

test('demo: a wrong configuration ends the process with 78 and the line', () => {
  const file = place.put('m.yaml', 'engine:\n  use: none\n');
  const { code, err } = runToEnd(['serve', '--config', file], { MINDIRD_ADDON: nativeAddon });
  assert.equal(code, 78);
  assert.equal(err, `mindird: ${file}:2: engine.use: found "none", want one of auto, cpu, reference, tensorrt\n`);
});
