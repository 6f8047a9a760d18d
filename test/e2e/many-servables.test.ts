// Thousands of servables: what the event loop's thread spends on starting them grows as they do, and a look at a repository in which nothing changed
// costs it nearly nothing. Processor time of that one thread is measured; the bounds leave five times what is wanted.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Readiness } from '../../server/inference/readiness.ts';
import { Ledger } from '../../server/ledger/ledger.ts';
import { ServerLog } from '../../server/log.ts';
import { Catalog } from '../../server/metrics/catalog.ts';
import { ModelManager } from '../../server/model/manager.ts';
import { RepositoryWatcher } from '../../server/model/watcher.ts';
import { FakeAddon } from '../../server/native/fake.ts';
import { doublingModel } from '../../server/native/fake-file.ts';
import { Workplace } from '../support/server-process.ts';

const startMs = 2000;
const lookMs = 2;
const busyMachine = 5;

/** Processor time of the thread that runs JavaScript, in milliseconds. */
function threadMs(): number {
  const [ns = ''] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(ns) / 1e6;
}

/** A repository of so many servables, each with a configuration of its own; nothing in it is new. */
function fill(place: Workplace, count: number): void {
  const text = JSON.stringify(doublingModel([1]));
  for (let i = 0; i < count; i++) {
    const folder = path.join(place.repository, `m${i}`);
    mkdirSync(path.join(folder, '1'), { recursive: true });
    const files = [path.join(folder, '1/model.mindir'), path.join(folder, 'servable_config.yaml')] as const;
    writeFileSync(files[0], text);
    writeFileSync(files[1], `batching: {max_queue: ${10 + i}}\nslo: {latency: 5ms}\n`);
    for (const file of files) utimesSync(file, 1e9, 1e9);
  }
}

interface Figures {
  readonly start: number;
  /** The least of some looks that find nothing new. */
  readonly look: number;
}

async function measure(count: number): Promise<Figures> {
  const place = new Workplace();
  fill(place, count);
  const log = new ServerLog('info', { write: () => true });
  const catalog = new Catalog({ version: '0', engines: ['cpu'] }, new Ledger());
  const manager = new ModelManager(
    {
      native: new FakeAddon(),
      log,
      observer: catalog,
      defaults: { precision: 'origin', threads: 1, engineBuild: 'block', cacheDir: null },
      engines: { engines: ['cpu'], missing: [] },
      overrideEngines: false,
    },
    { keepVersions: 1 },
  );
  const readiness = new Readiness(manager);
  readiness.open();
  const watcher = new RepositoryWatcher(manager, log, { path: place.repository, pollMs: 3_600_000 });
  try {
    const before = threadMs();
    await watcher.look();
    await manager.whenSettled();
    const start = threadMs() - before;
    assert.equal(manager.versions().filter(({ state }) => state === 'ready').length, count);
    assert.equal(readiness.ready, true);
    let look = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 5; i++) {
      const from = threadMs();
      await watcher.look();
      look = Math.min(look, threadMs() - from);
    }
    await manager.stop();
    return { start, look };
  } finally {
    watcher.stop();
    place.close();
  }
}

test('many servables: their start grows as they do, and a look that finds nothing new is nearly free', async (t) => {
  const figures = new Map<number, Figures>();
  for (const count of [200, 1000, 5000]) {
    const own = await measure(count);
    figures.set(count, own);
    t.diagnostic(`${count} servables: start ${own.start.toFixed(0)} ms, idle look ${own.look.toFixed(2)} ms`);
    assert.ok(own.look <= lookMs * busyMachine, `${count}: an idle look takes ${own.look} ms`);
  }
  const [middle, most] = [figures.get(1000), figures.get(5000)];
  assert.ok(middle !== undefined && most !== undefined);
  assert.ok(most.start <= startMs * busyMachine, `5000 servables take ${most.start} ms`);
  assert.ok(most.start <= 10 * middle.start, `5000 servables take ${most.start} ms, 1000 take ${middle.start} ms`);
});
