import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeDirectory } from '../../test/support/fake-directory.ts';
import type { RunningBuild } from '../model/served.ts';
import { FakeAddon } from '../native/fake.ts';
import { doublingModel } from '../native/fake-file.ts';
import { Readiness } from './readiness.ts';

test('readiness: follows start-up, states and drain', async () => {
  const models = new FakeDirectory(new FakeAddon());
  models.isSettled = false;
  const readiness = new Readiness(models);
  readiness.open();
  let told = 0;
  readiness.subscribe(() => {
    told += 1;
  });
  const version = await models.add('m', doublingModel([1]), { state: 'loading' });
  assert.equal(told, 1);
  assert.deepEqual([readiness.ready, readiness.healthOf('m'), readiness.healthOf('other')], [false, false, undefined]);
  models.isSettled = true;
  models.setState(version, 'ready');
  assert.deepEqual(
    [
      readiness.ready,
      readiness.healthOf(''),
      readiness.healthOf('inference.GRPCInferenceService'),
      readiness.healthOf('m'),
    ],
    [true, true, true, true],
  );
  assert.deepEqual(
    [readiness.modelReady('m', '1'), readiness.modelReady('m', '2'), readiness.modelReady('n', '')],
    [true, false, false],
  );
  readiness.drain();
  assert.equal(told, 3);
  assert.deepEqual([readiness.ready, readiness.healthOf(''), readiness.healthOf('m')], [false, false, false]);
  assert.deepEqual(readiness.detail(), {
    ready: false,
    require: 'any',
    draining: true,
    settled: true,
    models: [{ name: 'm', version: '1', state: 'ready', reason: '' }],
  });
});

test('readiness: a version whose engines are being built says how far they are', async () => {
  const models = new FakeDirectory(new FakeAddon());
  const build: RunningBuild = {
    name: 'm',
    version: '1',
    engine: 'tensorrt',
    subgraph: 1,
    subgraphs: 2,
    fraction: 0.12345,
    step: 'Building Engine',
    background: false,
    elapsedMs: 3210.9,
  };
  const readiness = new Readiness(models, {
    of: (name, version) => (name === 'm' && version === '1' ? build : undefined),
    running: () => [build],
  });
  readiness.open();
  await models.add('m', doublingModel([1]), { state: 'loading' });
  await models.add('n', doublingModel([1]));
  assert.deepEqual(readiness.detail().models, [
    {
      name: 'm',
      version: '1',
      state: 'loading',
      reason: '',
      build: {
        engine: 'tensorrt',
        subgraph: 1,
        subgraphs: 2,
        fraction: 0.123,
        step: 'Building Engine',
        elapsed_seconds: 3.211,
        background: false,
      },
    },
    { name: 'n', version: '1', state: 'ready', reason: '' },
  ]);
});

test('readiness: nothing is ready before the server is open, whatever its models are', async () => {
  const models = new FakeDirectory(new FakeAddon());
  await models.add('m', doublingModel([1]));
  const readiness = new Readiness(models);
  let told = 0;
  readiness.subscribe(() => told++);
  assert.deepEqual([readiness.ready, readiness.modelReady('m', ''), readiness.healthOf('m')], [false, false, false]);
  readiness.open();
  assert.equal(told, 1);
  assert.deepEqual([readiness.ready, readiness.modelReady('m', ''), readiness.healthOf('m')], [true, true, true]);
});

test('readiness: what must be ready is one model, one version of each, or nothing', async () => {
  const models = new FakeDirectory(new FakeAddon());
  const readiness = new Readiness(models);
  readiness.open();
  const answers = (): readonly boolean[] =>
    (['any', 'all', 'none'] as const).map((requirement) => {
      readiness.require(requirement);
      return readiness.ready;
    });
  assert.deepEqual(answers(), [false, false, true], 'an empty repository');
  const first = await models.add('m', doublingModel([1]), { state: 'failed' });
  assert.deepEqual(answers(), [false, false, true], 'one model, and it failed');
  const second = await models.add('n', doublingModel([1]));
  assert.deepEqual(answers(), [true, false, true], 'one of two');
  await models.add('m', doublingModel([1]), { version: '2' });
  assert.deepEqual(answers(), [true, true, true], 'a failed version beside a ready one');
  models.setState(first, 'gone');
  models.setState(second, 'draining');
  assert.deepEqual(answers(), [true, false, true], 'a servable that no longer serves');
  models.isSettled = false;
  assert.deepEqual(answers(), [false, false, false], 'start-up is not over');
});
