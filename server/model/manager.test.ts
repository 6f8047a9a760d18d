import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from '../../test/support/fake-manager.ts';
import { until } from '../../test/support/until.ts';
import { Readiness } from '../inference/readiness.ts';

test('manager: the highest ready version is the default, a failed higher one is reported and does not hide it', async () => {
  const { manager, scan, file } = fixture();
  file('/m/1/a');
  file('/m/2/a');
  file('/m/3/a', { loadError: { code: 'UNSUPPORTED', message: 'model.mindir: node "x" (Odd): no such operator' } });
  manager.apply(scan({ m: [{ version: 1 }, { version: 2 }, { version: 3 }] }), new Set());
  assert.equal(manager.settled(), false);
  await until(() => manager.settled(), 'the end of start-up');
  assert.deepEqual(
    manager.versions().map(({ version, state }) => `${version} ${state}`),
    ['1 ready', '2 ready', '3 failed'],
  );
  assert.equal(manager.versions()[2]?.reason, 'm/3: model.mindir: node "x" (Odd): no such operator');
  assert.equal(manager.lease('m', '').model.version, '2');
  assert.equal(manager.lease('m', '1').model.version, '1');
  assert.throws(() => manager.lease('m', '3'), {
    code: 'NOT_READY',
    message: /version 3 is failed \(m\/3: model\.mindir/,
  });
  assert.throws(() => manager.lease('m', '9'), { code: 'NOT_FOUND', message: 'm: no version 9, known are 1, 2, 3' });
  assert.throws(() => manager.lease('other', ''), { code: 'NOT_FOUND', message: 'other: no such servable' });
});

test('manager: servables are told of as soon as they are found, and when they are gone', async () => {
  const { manager, scan, file, known } = fixture();
  file('/m/1/a', { loadError: { code: 'INVALID_MODEL', message: 'cut off' } });
  manager.apply(scan({ m: [{}], empty: [] }), new Set());
  assert.deepEqual([...known], ['m', 'empty']);
  manager.apply(scan({ empty: [] }), new Set());
  assert.deepEqual([...known], ['empty']);
  await until(() => manager.versions().length === 0, 'the end of the version');
});

test('manager: metrics are told where requests wait for room in a full queue, if they do', async () => {
  const { manager, scan, file, opened } = fixture();
  file('/m/1/a');
  file('/n/1/a');
  const [refusing, delaying] = [scan({ m: [{}] }), scan({ n: [{}] }, 'batching: {when_full: delay}')];
  manager.apply({ ...refusing, servables: [...refusing.servables, ...delaying.servables] }, new Set());
  await until(() => manager.settled(), 'the end of start-up');
  assert.deepEqual(
    opened.map(({ name, delayed }) => [name, delayed]),
    [
      ['m', undefined],
      ['n', manager.lease('n', '').model.lines],
    ],
  );
  assert.equal(opened[1]?.delayed?.size, 0);
});

test('manager: a failed version is not tried again until its files change', async () => {
  const { addon, manager, scan, file } = fixture();
  file('/m/1/a', { loadError: { code: 'INVALID_MODEL', message: 'cut off' } });
  file('/m/1/b');
  for (let i = 0; i < 3; i++) {
    manager.apply(scan({ m: [{}] }), new Set());
    await until(() => manager.versions()[0]?.state === 'failed', 'the failure');
  }
  assert.equal(addon.loads.length, 1);
  manager.apply(scan({ m: [{ fingerprint: 'b' }] }), new Set());
  await until(() => manager.versions()[0]?.state === 'ready', 'the version');
  assert.equal(addon.loads.length, 2);
});

test('manager: a new version takes over before the old one is drained, and requests hold what they lease', async () => {
  const { addon, manager, scan, file, changes } = fixture(1);
  file('/m/1/a');
  file('/m/2/a');
  manager.apply(scan({ m: [{ version: 1 }] }), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  const lease = manager.lease('m', '');
  manager.apply(scan({ m: [{ version: 1 }, { version: 2 }] }), new Set());
  await until(
    () => manager.versions().some(({ version, state }) => version === '1' && state === 'draining'),
    'the drain of version 1',
  );
  assert.equal(manager.lease('m', '').model.version, '2');
  assert.throws(() => manager.lease('m', '1'), { code: 'NOT_READY' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(addon.models[0]?.closed, false);
  lease.release();
  lease.release();
  await until(() => manager.versions().length === 1, 'the end of version 1');
  assert.equal(addon.models[0]?.closed, true);
  assert.deepEqual(changes, [
    'm/1 new',
    'm/1 loading',
    'm/1 ready',
    'm/2 new',
    'm/2 loading',
    'm/2 ready',
    'm/1 draining',
    'm/1 unloading',
    'm/1 gone',
  ]);
});

test('manager: ready is announced after it is reachable, draining after it no longer is', async () => {
  const { manager, scan, file } = fixture();
  file('/m/1/a');
  const reachable: Record<string, boolean> = {};
  manager.subscribe(({ state }) => {
    try {
      manager.lease('m', '1').release();
      reachable[state] = true;
    } catch {
      reachable[state] = false;
    }
  });
  manager.apply(scan({ m: [{}] }), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  manager.apply(scan({}), new Set());
  await until(() => manager.versions().length === 0, 'the end of all versions');
  assert.deepEqual(reachable, {
    new: false,
    loading: false,
    ready: true,
    draining: false,
    unloading: false,
    gone: false,
  });
});

test('manager: a version whose files change keeps serving; broken new files leave the former copy in place', async () => {
  const { manager, scan, file, changes } = fixture();
  file('/m/1/a');
  file('/m/1/b', { loadError: { code: 'INVALID_MODEL', message: 'cut off' } });
  file('/m/1/c');
  manager.apply(scan({ m: [{}] }), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  const former = manager.lease('m', '').model;
  manager.apply(scan({ m: [{ fingerprint: 'b' }] }), new Set(['m/1']));
  assert.equal(manager.lease('m', '').model, former);
  manager.apply(scan({ m: [{ fingerprint: 'b' }] }), new Set());
  await until(() => manager.versions()[0]?.reason !== '', 'the reason');
  assert.deepEqual(manager.versions(), [
    { name: 'm', version: '1', state: 'ready', reason: 'the files changed and the new ones failed: m/1: cut off' },
  ]);
  assert.equal(manager.lease('m', '').model, former);
  changes.length = 0;
  manager.apply(scan({ m: [{ fingerprint: 'c' }] }), new Set());
  await until(() => manager.lease('m', '').model !== former, 'the new copy');
  assert.equal(
    changes.every((change) => change === 'm/1 ready'),
    true,
    String(changes),
  );
});

test('manager: one broken servable does not stop the others, and a broken config leaves the former one in force', async () => {
  const { addon, manager, scan, file } = fixture();
  file('/good/1/a');
  manager.apply(
    {
      ...scan({ good: [{}] }),
      servables: [...scan({ good: [{}] }).servables, ...scan({ bad: [{}] }, 'broken').servables],
    },
    new Set(),
  );
  await until(() => manager.settled(), 'the end of start-up');
  assert.deepEqual(manager.versions(), [
    { name: 'bad', version: '1', state: 'failed', reason: 'x:3: model: wrong' },
    { name: 'good', version: '1', state: 'ready', reason: '' },
  ]);
  manager.apply(scan({ good: [{}] }, 'broken'), new Set());
  assert.equal(manager.lease('good', '').model.version, '1');
  assert.equal(addon.loads.length, 1);
});

test('manager: a folder that cannot be read for once keeps what it has', async () => {
  const { manager, scan, file } = fixture();
  file('/m/1/a');
  manager.apply(scan({ m: [{}] }), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  manager.apply({ servables: [], skipped: [], unreadable: ['m'] }, new Set());
  assert.equal(manager.lease('m', '').model.version, '1');
});

test('manager: small models load first and one at a time', async () => {
  const { addon, manager, scan, file } = fixture();
  for (const name of ['a', 'b', 'c']) file(`/${name}/1/a`, { loadMs: 5 });
  manager.apply(scan({ a: [{ bytes: 30 }], b: [{ bytes: 10 }], c: [{ bytes: 20 }] }), new Set());
  assert.equal(addon.loads.length, 1);
  await until(() => manager.settled(), 'the end of start-up');
  assert.deepEqual(
    addon.loads.map(({ label }) => label),
    ['b/1', 'c/1', 'a/1'],
  );
});

test('manager: the configuration reaches the native load', async () => {
  const { addon, manager, scan, file } = fixture();
  file('/m/1/a');
  const config =
    'model: {key_env: THE_KEY, cache_encrypted: allow, engines: [reference], precision: fp16, keep_fp32: [Softmax], weights: 16bit, state: per_request, engine_build: background, instances: 3, threads: 2, outputs: [z], max_plans: 4, max_memory: 1MiB, max_work: 3, loop_steps: 500}\nbatching: {max_batch: 8, max_queue_delay: 1.5ms, buckets: [1, 8], max_queue: 7}\n';
  manager.apply(scan({ m: [{}] }, config), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  assert.deepEqual(addon.loads[0], {
    path: '/m/1/a',
    label: 'm/1',
    engines: ['reference'],
    precision: 'fp16',
    keepFp32: ['Softmax'],
    weights: '16bit',
    state: 'per_request',
    outputNames: ['z'],
    threads: 2,
    instances: 3,
    maxBatch: 8,
    maxQueueDelayUs: 1500,
    buckets: [1, 8],
    maxQueue: 7,
    maxPlans: 4,
    maxMemory: 1_048_576,
    maxWork: 3,
    loopSteps: 500,
    cacheDir: null,
    cacheMaxSize: 0,
    keyFile: null,
    keyEnv: 'THE_KEY',
    cacheEncrypted: true,
    engineBuild: 'background',
  });
  assert.equal((manager.lease('m', '').model.report() as { readonly model: string }).model, 'm');
});

test('manager: an engine that is not available is named; without any other the version fails', async () => {
  const { manager, scan, file } = fixture();
  file('/m/1/a');
  manager.apply(scan({ m: [{}] }, 'model: {engines: [tensorrt]}\n'), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  assert.equal(
    manager.versions()[0]?.reason,
    'none of its engines is available: tensorrt (libnvinfer.so is not installed)',
  );
});

test('manager: stop drains, waits for leases and unloads everything', async () => {
  const { addon, manager, scan, file } = fixture();
  file('/m/1/a');
  manager.apply(scan({ m: [{}] }), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  const lease = manager.lease('m', '');
  let stopped = false;
  const stop = manager.stop().then(() => {
    stopped = true;
  });
  assert.throws(() => manager.lease('m', ''), { code: 'NOT_READY' });
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(stopped, false);
  lease.release();
  await stop;
  assert.equal(addon.models[0]?.closed, true);
});

test('manager: start-up waits for files that are changing, but not for ever', async () => {
  const { manager, scan, file } = fixture();
  file('/m/1/a');
  const changing = scan({ m: [{}], n: [{}] });
  manager.apply(changing, new Set(['n/1']));
  await until(() => manager.versions()[0]?.state === 'ready', 'the version');
  assert.equal(manager.settled(), false);
  for (let look = 0; look < 20; look++) manager.apply(changing, new Set(['n/1']));
  assert.equal(manager.settled(), true);
});

test('manager: a version whose device fails stays reachable, says why, and makes the server not ready until it works again', async () => {
  const { addon, manager, scan, file } = fixture();
  file('/m/1/a');
  manager.apply(scan({ m: [{ version: 1 }] }), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  const readiness = new Readiness(manager);
  readiness.open();
  const answers: boolean[] = [];
  readiness.subscribe(() => answers.push(readiness.ready));
  assert.equal(readiness.ready, true);
  const [model] = addon.models;
  assert.ok(model !== undefined);
  model.broken = 'cuStreamSynchronize: CUDA_ERROR_LAUNCH_FAILED (719)';
  manager.recheck('m/1');
  assert.deepEqual([readiness.ready, readiness.modelReady('m', '')], [false, false]);
  assert.equal(readiness.detail().models[0]?.reason, model.broken);
  assert.equal(manager.lease('m', '').model.version, '1');
  model.broken = '';
  manager.recheck('m/1');
  assert.deepEqual([readiness.ready, readiness.modelReady('m', '')], [true, true]);
  assert.deepEqual(answers, [false, true]);
});
