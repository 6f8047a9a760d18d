import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { until } from '../../test/support/until.ts';
import { parseServable } from '../config/servable.ts';
import { emptyStatistics } from '../ledger/statistics.ts';
import type { Log } from '../log.ts';
import { FakeAddon } from '../native/fake.ts';
import { doublingModel } from '../native/fake-file.ts';
import { ExplicitControl } from './explicit-control.ts';
import { ModelManager } from './manager.ts';
import type { OpenMetrics } from './observer.ts';
import type { FoundServable, FoundVersion, Scan } from './repository.ts';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const noMetrics: OpenMetrics = {
  statistics: emptyStatistics(),
  executed: () => undefined,
  inFlight: () => undefined,
  reported: () => undefined,
  close: () => undefined,
};

class Fixture {
  readonly addon: FakeAddon = new FakeAddon();
  readonly known: Set<string> = new Set();
  readonly manager: ModelManager;
  readonly control: ExplicitControl;
  /** What the next look finds, and what it takes for unfinished. */
  found: readonly FoundServable[] = [];
  unstable: ReadonlySet<string> = new Set();

  constructor(initial: readonly string[] = []) {
    this.manager = new ModelManager(
      {
        native: this.addon,
        log: quiet,
        observer: {
          known: (name) => this.known.add(name),
          forgotten: (name) => this.known.delete(name),
          opened: () => noMetrics,
          loadFailed: () => undefined,
          engineBuilt: () => undefined,
          cacheLookup: () => undefined,
          backgroundBuild: () => undefined,
        },
        defaults: { precision: 'origin', threads: 1, engineBuild: 'block', cacheDir: null },
        engines: { engines: ['cpu'], missing: [] },
        overrideEngines: false,
      },
      { keepVersions: 1 },
    );
    this.control = new ExplicitControl({ manager: this.manager, log: quiet, look: async () => this.look() }, initial);
  }

  look(): void {
    const scan: Scan = { servables: this.found, skipped: [], unreadable: [] };
    this.control.apply(scan, this.unstable);
  }

  /** A servable with versions, each with the files of a name. */
  put(name: string, versions: Readonly<Record<number, string>>, config = '', needs: readonly string[] = []): void {
    const models = needs.map((servable) => ({ servable, version: '', file: null }));
    const chains = { file: '', sources: [], workers: 1, memory: 0, maxQueue: 0, functions: 0, models, methods: [] };
    const servable: FoundServable = {
      name,
      config:
        config === 'broken' ? undefined : { ...parseServable(config, 'x'), ...(needs.length === 0 ? {} : { chains }) },
      problems: config === 'broken' ? [{ source: '/a/x.yaml', line: 3, path: 'model', message: 'wrong' }] : [],
      versions: Object.entries(versions).map(([version, fingerprint]): FoundVersion => {
        const file = `/${name}/${version}/${fingerprint}`;
        if (!this.addon.files.has(file)) this.addon.files.set(file, doublingModel([1]));
        return { version: Number(version), file, fingerprint, bytes: 1, changedAt: 0, writtenAt: 0, problem: '' };
      }),
    };
    this.found = [...this.found.filter((other) => other.name !== name), servable];
  }

  breakFile(file: string): void {
    this.addon.files.set(file, doublingModel([1], { loadError: { code: 'INVALID_MODEL', message: 'cut off' } }));
  }

  states(): readonly string[] {
    return this.manager.versions().map(({ name, version, state }) => `${name}/${version} ${state}`);
  }
}

test('explicit: nothing is served until a call asks for it, and everything is listed', async () => {
  const all = new Fixture();
  all.put('a', { 1: 'x' });
  all.put('b', { 1: 'x' });
  all.look();
  assert.equal(all.manager.settled(), true);
  assert.deepEqual(all.manager.absent(), [
    { name: 'a', reason: 'not loaded' },
    { name: 'b', reason: 'not loaded' },
  ]);
  assert.throws(() => all.manager.lease('a', ''), { code: 'NOT_FOUND' });
  await all.control.load('a');
  assert.deepEqual(all.states(), ['a/1 ready']);
  assert.deepEqual([...all.known], ['a']);
  all.control.unload('a', false);
  await until(() => all.states().length === 0, 'the end of the version');
  assert.deepEqual(all.manager.absent()[0], { name: 'a', reason: 'unloaded' });
  assert.deepEqual([...all.known], []);
  all.control.unload('b', false);
  assert.throws(() => all.control.unload('c', false), {
    code: 'NOT_FOUND',
    message: 'c: no such servable in the repository',
  });
  await assert.rejects(all.control.load('c'), { code: 'NOT_FOUND' });
});

test('explicit: files that change serve when the next call asks, without a gap', async () => {
  const one = new Fixture();
  one.put('a', { 1: 'x' });
  await one.control.load('a');
  one.put('a', { 1: 'x', 2: 'x' });
  one.look();
  assert.deepEqual(one.states(), ['a/1 ready']);
  const { release } = one.manager.lease('a', '1');
  await one.control.load('a');
  assert.equal(one.manager.lease('a', '').model.version, '2');
  assert.deepEqual(one.states(), ['a/1 draining', 'a/2 ready']);
  release();
  await until(() => one.states().length === 1, 'the end of version 1');
  // The folder is gone: what was asked for serves until a call unloads it.
  one.found = [];
  one.look();
  assert.deepEqual(one.states(), ['a/2 ready']);
});

test('explicit: a load that fails says why, leaves what serves, and is tried anew by the next call', async () => {
  const one = new Fixture();
  one.put('a', { 1: 'x' });
  await one.control.load('a');
  one.breakFile('/a/1/y');
  one.put('a', { 1: 'y' });
  await assert.rejects(one.control.load('a'), {
    code: 'INVALID_MODEL',
    message: 'a: version 1: the files changed and the new ones failed: a/1: cut off (ready: 1)',
  });
  assert.equal(one.manager.lease('a', '').model.version, '1');
  one.addon.files.set('/a/1/y', doublingModel([1]));
  await one.control.load('a');
  assert.deepEqual(one.addon.loads.length, 3);
  one.put('a', { 1: 'y' }, 'broken');
  await assert.rejects(one.control.load('a'), { code: 'INVALID_CONFIG', message: 'a: x.yaml:3: model: wrong' });
  assert.deepEqual(one.states(), ['a/1 ready']);
  one.breakFile('/b/1/x');
  one.put('b', { 1: 'x' });
  await assert.rejects(one.control.load('b'), { message: 'b: version 1: b/1: cut off (none is ready)' });
  one.put('empty', {});
  await assert.rejects(one.control.load('empty'), { message: 'empty: has no version folder' });
});

test('explicit: what the server starts with is loaded when its files are complete', async () => {
  const some = new Fixture(['a']);
  some.put('a', { 1: 'x' });
  some.put('b', { 1: 'x' });
  some.unstable = new Set(['a/1', 'b/1']);
  some.look();
  assert.equal(some.manager.settled(), false);
  some.unstable = new Set(['b/1']);
  some.look();
  await some.manager.whenSettled();
  assert.deepEqual(some.states(), ['a/1 ready']);
  const all = new Fixture(['*']);
  all.put('a', { 1: 'x' });
  all.put('b', { 1: 'x' });
  all.look();
  await all.manager.whenSettled();
  assert.deepEqual(all.states(), ['a/1 ready', 'b/1 ready']);
  all.put('c', { 1: 'x' });
  all.look();
  assert.deepEqual(all.manager.absent(), [{ name: 'c', reason: 'not loaded' }]);
});

test('explicit: a load ends with an answer when the server stops or another call unloads', async () => {
  const one = new Fixture();
  one.put('a', { 1: 'x' });
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-'));
  const loadGate = path.join(folder, 'gate');
  try {
    one.addon.files.set('/a/1/x', doublingModel([1], { loadGate }));
    const loading = one.control.load('a');
    await until(() => one.manager.isLoading, 'the load');
    one.control.unload('a', false);
    await assert.rejects(loading, { code: 'NOT_READY' });
    writeFileSync(loadGate, '');
    await until(() => one.states().length === 0, 'the end of the version');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('explicit: what an ensemble runs is loaded with it, and goes with it where the call says so', async () => {
  const one = new Fixture();
  one.put('pair', { 1: 'x' }, '', ['a', 'b']);
  one.put('other', { 1: 'x' }, '', ['b']);
  await assert.rejects(one.control.load('pair'), {
    code: 'NOT_READY',
    message: 'pair: is loaded, and needs what is not: a: no such servable in the repository',
  });
  one.put('a', { 1: 'x' });
  one.breakFile('/b/1/x');
  one.put('b', { 1: 'x' });
  await assert.rejects(one.control.load('pair'), {
    code: 'INVALID_MODEL',
    message: 'pair: is loaded, and needs what is not: b: version 1: b/1: cut off (none is ready)',
  });
  one.addon.files.set('/b/1/x', doublingModel([1]));
  await one.control.load('pair');
  await one.control.load('other');
  const ready = ['a/1 ready', 'b/1 ready', 'other/1 ready', 'pair/1 ready'];
  assert.deepEqual(one.states(), ready);
  one.control.unload('pair', true);
  await until(() => one.states().length === 2, 'the end of what pair alone ran');
  assert.deepEqual(one.states(), ['b/1 ready', 'other/1 ready']);
  one.control.unload('other', false);
  await until(() => one.states().length === 1, 'the end of other');
  assert.deepEqual(one.states(), ['b/1 ready']);
});

test('explicit: what a server starts with brings along what it runs, also where that is complete later', async () => {
  const one = new Fixture(['pair']);
  one.put('pair', { 1: 'x' }, '', ['a', 'b']);
  one.put('a', { 1: 'x' });
  one.put('b', { 1: 'x' });
  one.unstable = new Set(['b/1']);
  one.look();
  await until(() => one.states().length === 2, 'the first two');
  one.unstable = new Set();
  one.look();
  await one.manager.whenSettled();
  assert.deepEqual(one.states(), ['a/1 ready', 'b/1 ready', 'pair/1 ready']);
});
