import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { until } from '../../test/support/until.ts';
import type { Log } from '../log.ts';
import type { Scan } from './repository.ts';
import { RepositoryWatcher } from './watcher.ts';

let root = '';
let watcher: RepositoryWatcher | undefined;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'mindird-watcher-'));
});
afterEach(() => {
  watcher?.stop();
  rmSync(root, { recursive: true, force: true });
});

interface Seen {
  readonly scans: { readonly names: readonly string[]; readonly unstable: readonly string[] }[];
  readonly lines: string[];
}

function watch(pollMs: number): Seen & { readonly watcher: RepositoryWatcher } {
  const seen: Seen = { scans: [], lines: [] };
  const line = (event: string, keys: { readonly path?: string; readonly error?: string } = {}): void => {
    seen.lines.push(`${event} ${path.basename(keys.path ?? '')}: ${keys.error ?? ''}`);
  };
  const log: Log = { debug: line, info: line, warn: line, error: line };
  const taker = {
    apply: (scan: Scan, unstable: ReadonlySet<string>) =>
      seen.scans.push({ names: scan.servables.map(({ name }) => name), unstable: [...unstable] }),
  };
  watcher = new RepositoryWatcher(taker as never, log, { path: root, pollMs });
  return { ...seen, watcher };
}

function put(name: string, text = 'x'): void {
  mkdirSync(path.join(root, name, '1'), { recursive: true });
  writeFileSync(path.join(root, name, '1/m.mindir'), text);
}

/** A version that counts as fresh however long it takes until it is looked at: its file was changed an hour from now. */
function putFresh(name: string, text = 'x'): void {
  put(name, text);
  const later = Date.now() / 1000 + 3600;
  utimesSync(path.join(root, name, '1/m.mindir'), later, later);
}

test('watcher: it looks again by itself and sees what is new', async () => {
  const { scans, watcher: own } = watch(20);
  own.start();
  await until(() => scans.length >= 2, 'a second look');
  put('later');
  await until(() => scans.at(-1)?.names.includes('later') === true, 'what is new');
});

test('watcher: fresh files are looked at again soon, however long the poll', async () => {
  const { scans, watcher: own } = watch(600_000);
  putFresh('m');
  own.start();
  await until(() => scans.length === 2, 'a second look');
  assert.deepEqual(
    scans.map(({ unstable }) => unstable),
    [['m/1'], []],
  );
});

test('watcher: a file that keeps growing is never handed over as complete', async () => {
  const { scans, watcher: own } = watch(60_000);
  for (let i = 0; i < 10; i++) {
    putFresh('m', 'x'.repeat(i + 2));
    await own.look();
  }
  assert.ok(scans.every(({ unstable }) => unstable.length === 1));
});

test('watcher: what is skipped is logged once, and again when it changes', async () => {
  const { lines, watcher: own } = watch(60_000);
  mkdirSync(path.join(root, 'bad name'));
  put('m');
  writeFileSync(path.join(root, 'm/servable_config.yaml'), 'batching: {max_bacth: 1}\n');
  for (let i = 0; i < 3; i++) await own.look();
  assert.equal(lines.length, 2, String(lines));
  assert.match(lines[0] ?? '', /^repository\.skipped bad name: the name of a servable/);
  assert.match(
    lines[1] ?? '',
    /^servable\.rejected servable_config\.yaml: unknown key, the nearest known one is batching\.max_batch/,
  );
  writeFileSync(path.join(root, 'm/servable_config.yaml'), 'model: 1\n');
  await own.look();
  assert.equal(lines.length, 3);
});

test('watcher: a root that goes away is logged once and what was found stays', async () => {
  const { scans, lines, watcher: own } = watch(60_000);
  put('m');
  utimesSync(path.join(root, 'm/1/m.mindir'), 0, 0);
  await own.look();
  rmSync(root, { recursive: true });
  await own.look();
  await own.look();
  assert.equal(scans.length, 1);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^repository\.unreadable .*: no such file or folder$/);
});

test('watcher: a new path is looked at at once', async () => {
  const { scans, watcher: own } = watch(600_000);
  await own.look();
  const other = path.join(root, 'other');
  mkdirSync(path.join(other, 'n/1'), { recursive: true });
  own.configure({ path: other, pollMs: 600_000 });
  await until(() => scans.at(-1)?.names.includes('n') === true, 'the new path');
});
