import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from '../../test/support/fake-manager.ts';
import { until } from '../../test/support/until.ts';
import type { VersionStatus } from './served.ts';

// A fake model holds 1200 bytes.

const told = (versions: readonly VersionStatus[]): readonly string[] =>
  versions.map(({ name, version, state, reason }) => `${name}/${version} ${state} ${reason}`.trim());

test('memory limits: a model that would pass that of all is refused with the numbers, and loads when it is raised', async () => {
  const { manager, addon, scan, file } = fixture(1, { memoryLimit: 2000 });
  file('/a/1/a');
  file('/b/1/a');
  file('/b/1/b');
  manager.apply(scan({ a: [{}], b: [{}] }), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  assert.deepEqual(told(manager.versions()), [
    'a/1 ready',
    'b/1 failed b/1: it holds 1.2 KiB and the other models hold 1.2 KiB, the limit of all is 2.0 KiB (engine.memory_limit)',
  ]);
  assert.equal(addon.loads.length, 2);
  manager.configure({ keepVersions: 1, memoryLimit: 2400 });
  manager.apply(scan({ a: [{}], b: [{ fingerprint: 'b' }] }), new Set());
  await until(() => manager.versionsOf('b')[0]?.state === 'ready', 'the other model');
});

test('memory limits: files that are too large are not even read, and a servable has a limit of its own', async () => {
  const { manager, addon, scan, file } = fixture(1, { memoryLimit: 5000 });
  file('/large/1/a');
  file('/own/1/a');
  manager.apply(scan({ large: [{ bytes: 6000 }] }), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  assert.match(
    manager.versionsOf('large')[0]?.reason ?? '',
    /^large\/1: its files have 5\.9 KiB and the other models hold 0 bytes, the limit of all is 4\.9 KiB \(engine\.memory_limit\)$/,
  );
  assert.equal(addon.loads.length, 0);
  manager.apply(scan({ own: [{}] }, 'model:\n  memory_limit: 1KiB\n'), new Set());
  await until(() => manager.versionsOf('own')[0]?.state === 'failed', 'the refusal');
  assert.match(
    manager.versionsOf('own')[0]?.reason ?? '',
    /^own\/1: it holds 1\.2 KiB, the limit is 1 KiB \(model\.memory_limit\)$/,
  );
});

test('memory limits: a cache of answers counts with the size it may come to', async () => {
  const { manager, scan, file } = fixture(1, { memoryLimit: 5000 });
  for (const name of ['a', 'b', 'c']) file(`/${name}/1/a`);
  const { servables, ...rest } = scan({ a: [{}], b: [{}] }, 'model:\n  response_cache: 2KiB\n');
  manager.apply({ servables, ...rest }, new Set());
  await until(() => manager.settled(), 'the end of start-up');
  assert.deepEqual(told(manager.versions()), [
    'a/1 ready',
    'b/1 failed b/1: with 2 KiB for answers (model.response_cache) it holds 3.2 KiB and the other models hold 3.2 KiB, the limit of all is 4.9 KiB (engine.memory_limit)',
  ]);
  manager.apply({ ...rest, servables: [...servables, ...scan({ c: [{}] }).servables] }, new Set());
  await until(() => manager.versionsOf('c')[0]?.state === 'ready', 'a model without a cache');
});

test('versions: all of them are served where the configuration says so', async () => {
  const { manager, scan, file } = fixture(1);
  for (const version of [1, 2, 3]) file(`/m/${version}/a`);
  manager.apply(scan({ m: [{ version: 1 }, { version: 2 }, { version: 3 }] }, 'versions:\n  all: yes\n'), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  assert.deepEqual(told(manager.versions()), ['m/1 ready', 'm/2 ready', 'm/3 ready']);
});
