import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { FakeDirectory } from '../../test/support/fake-directory.ts';
import { fixture } from '../../test/support/fake-manager.ts';
import { until } from '../../test/support/until.ts';
import type { WarmUpData, WarmUpSample } from '../config/triton/warm-up.ts';
import { Admission } from '../inference/admission.ts';
import { Dispatcher } from '../inference/dispatch.ts';
import { FakeAddon } from '../native/fake.ts';
import { doublingModel } from '../native/fake-file.ts';
import { methodOf } from '../protocol/protos.ts';
import { WarmUps } from './warm-ups.ts';

const root = mkdtempSync(path.join(tmpdir(), 'mindird-warm-'));
after(() => rmSync(root, { recursive: true, force: true }));

const quiet = { info: (): void => undefined };

/** A version folder with recorded requests of so many numbers, by file. */
function folderOf(name: string, requests: Readonly<Record<string, number | Buffer>>): string {
  const folder = path.join(root, name);
  mkdirSync(path.join(folder, 'warmup'), { recursive: true });
  const { requestSerialize } = methodOf('inference.GRPCInferenceService', 'ModelInfer');
  for (const [file, what] of Object.entries(requests)) {
    const [shape, bytes] = Buffer.isBuffer(what) ? [[], what] : [[what], Buffer.alloc(4 * what)];
    const message = {
      model_name: 'any',
      inputs: [{ name: 'x', datatype: 'FP32', shape }],
      raw_input_contents: [bytes],
    };
    writeFileSync(path.join(folder, 'warmup', file), Buffer.isBuffer(what) ? what : requestSerialize(message));
  }
  return folder;
}

test('warm-up: recorded requests are run in order, and counted nowhere', async () => {
  const addon = new FakeAddon();
  const models = new FakeDirectory(addon);
  const version = await models.add('m', doublingModel([-1]));
  const seen: number[] = [];
  const { native } = version;
  const served = {
    ...version,
    native: Object.assign(Object.create(native), {
      submit: (...args: Parameters<typeof native.submit>) => {
        seen.push(args[1][0]?.[0] ?? 0);
        return native.submit(...args);
      },
    }),
  };
  const warmUps = new WarmUps(quiet, 2 ** 20);
  let done = false;
  const run = warmUps.run(served, folderOf('good', { 'b.pb': 5, 'a.pb': 3, 'c.txt': Buffer.from('x') })).then(() => {
    done = true;
  });
  await warmUps.run(served, path.join(root, 'none'));
  assert.equal(done, false, 'it waits until requests can run');
  warmUps.use(new Dispatcher(models, new Admission(10), addon));
  await run;
  assert.deepEqual(seen, [3, 5]);
  assert.deepEqual([version.statistics.executionCount, version.statistics.successCount], [0, 0]);
  for (const [name, bytes, message] of [
    ['bytes', Buffer.from([0xff]), /^m\/1: warmup\/bad\.pb: /],
    ['large', Buffer.alloc(2 ** 20 + 1), /^m\/1: warmup\/bad\.pb: has 1048577 bytes, the limit is 1048576/],
  ] as const)
    await assert.rejects(warmUps.run(version, folderOf(name, { 'bad.pb': bytes })), { message });
  const wrong = await models.add('fixed', doublingModel([1]));
  await assert.rejects(warmUps.run(wrong, folderOf('wrong', { 'bad.pb': 2 })), {
    code: 'INVALID_ARGUMENT',
    message: /^fixed\/1: warmup\/bad\.pb: input "x": shape is \[2\], want \[1\]/,
  });
});

test('warm-up: the samples of model_warmup are run as often as they say, with zeros, numbers made up, or a file of one row or all', async () => {
  const addon = new FakeAddon();
  const models = new FakeDirectory(addon);
  const version = await models.add('m', doublingModel([-1, 2]), { maxBatch: 4 });
  const { native } = version;
  const seen: number[][] = [];
  const served = {
    ...version,
    native: Object.assign(Object.create(native), {
      submit: (...args: Parameters<typeof native.submit>) => {
        const [bytes] = args[0];
        seen.push([...new Float32Array(Uint8Array.from(bytes ?? []).buffer)]);
        return native.submit(...args);
      },
    }),
  };
  const folder = path.join(root, 'samples', '1');
  mkdirSync(path.join(root, 'samples', 'warmup'), { recursive: true });
  writeFileSync(path.join(root, 'samples', 'warmup', 'row'), Buffer.from(Float32Array.of(5, 6).buffer));
  writeFileSync(path.join(root, 'samples', 'warmup', 'short'), Buffer.alloc(4));
  const sample = (data: WarmUpData, more: Partial<WarmUpSample> = {}): WarmUpSample => ({
    name: 's',
    rows: 1,
    count: 1,
    inputs: [{ name: 'x', dtype: 'FP32', shape: [2], data }],
    ...more,
  });
  const warmUps = new WarmUps(quiet, 2 ** 10);
  warmUps.use(new Dispatcher(models, new Admission(10), addon));
  await warmUps.run(served, folder, [
    sample('zero', { count: 2 }),
    sample('random', { rows: 2 }),
    sample({ file: 'row' }, { rows: 3 }),
  ]);
  const [first, second, made = [], file] = seen;
  assert.deepEqual(
    [first, second, file],
    [
      [0, 0],
      [0, 0],
      [5, 6, 5, 6, 5, 6],
    ],
  );
  assert.ok(made.length === 4 && new Set(made).size > 1 && made.every((value) => value >= 0 && value < 1), `${made}`);
  for (const [data, message] of [
    [{ file: 'short' }, /^m\/1: model_warmup "s": input "x": short: has 4 bytes, want 8 for a row$/],
    [{ file: 'none' }, /^m\/1: model_warmup "s": input "x": ENOENT/],
  ] as const)
    await assert.rejects(warmUps.run(served, folder, [sample(data)]), { code: 'INVALID_MODEL', message });
  await assert.rejects(warmUps.run(served, folder, [sample('zero', { rows: 1000 })]), { code: 'TOO_LARGE' });
  await assert.rejects(
    warmUps.run(served, folder, [sample('zero', { inputs: [] })]),
    /model_warmup "s": input "x": missing/,
  );
});

test('warm-up: a version that does not answer well fails to load, and its model is closed', async () => {
  const seen: string[] = [];
  const { manager, addon, scan, file } = fixture(1, {}, async ({ version }) => {
    seen.push(version);
    assert.equal(manager.versionsOf('m').find((own) => own.version === version)?.state, 'loading');
    if (version === '2') throw new Error('warmup/a.pb: broken');
  });
  file('/m/1/a');
  file('/m/2/a');
  manager.apply(scan({ m: [{ version: 1 }, { version: 2 }] }), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  assert.deepEqual(
    manager.versions().map(({ version, state, reason }) => [version, state, reason]),
    [
      ['1', 'ready', ''],
      ['2', 'failed', 'warmup/a.pb: broken'],
    ],
  );
  assert.deepEqual(seen, ['2', '1']);
  assert.equal(manager.lease('m', '').model.version, '1');
  assert.equal(addon.loads.length, 2);
});
