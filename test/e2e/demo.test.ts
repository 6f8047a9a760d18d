// The demo servable on the native addon: the real process, the real model, real files that come and break.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { classify, difference, expected, images, largest, pixels } from '../support/digits.ts';
import { nativeAddon, runToEnd, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const model = projectPath('servables', 'digits', '1', 'model.mindir');
const fixed = projectPath('test', 'fixtures', 'digits', 'digits.mindir');

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
        assert.equal(difference(own, reference), undefined, `image ${row}`);
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
