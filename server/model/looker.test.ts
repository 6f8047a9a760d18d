import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { asyncFiles, syncFiles } from './files.ts';
import type { Look } from './look.ts';
import { RepositoryLooker } from './looker.ts';
import { readConfig } from './remembered-config.ts';
import type { FoundServable } from './repository.ts';
import { scanRepository } from './repository.ts';

let root = '';
let looker = new RepositoryLooker();
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'mindird-looker-'));
  looker = new RepositoryLooker();
});
afterEach(() => {
  looker.stop();
  rmSync(root, { recursive: true, force: true });
});

/** Writes a file that counts as old, unless a time is given. */
function put(file: string, text = 'x', seconds = 1e9): void {
  const full = path.join(root, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, text);
  utimesSync(full, seconds, seconds);
}

function putMany(count: number, from = 0): void {
  for (let i = from; i < count; i++) put(`m${i}/1/a.mindir`);
}

const servable = ({ scan }: Look, name: string): FoundServable | undefined =>
  scan.servables.find((found) => found.name === name);

test('looker: few servables are looked at without a thread, many from one, and both find the same', async () => {
  putMany(3);
  put('m1/servable_config.yaml', 'batching: {max_batch: 4}\n');
  put('m2/servable_config.yaml', 'batching: {max_batch: none}\n');
  put('bad name/1/a.mindir');
  const few = await looker.look(root);
  assert.equal(looker.usesThread, false);
  putMany(20, 3);
  const many = await looker.look(root);
  assert.equal(looker.usesThread, true);
  assert.deepEqual(servable(many, 'm1'), servable(few, 'm1'));
  assert.deepEqual(servable(many, 'm2'), servable(few, 'm2'));
  assert.equal(servable(few, 'm2')?.config, undefined);
  const byName = (a: FoundServable, b: FoundServable): number => (a.name < b.name ? -1 : 1);
  const here = await scanRepository(root);
  assert.deepEqual([...many.scan.servables].sort(byName), [...here.servables].sort(byName));
  assert.deepEqual(many.scan.skipped, here.skipped);
});

test('looker: many versions are a reason for a thread too', async () => {
  for (let i = 1; i <= 40; i++) put(`m/${i}/a.mindir`);
  await looker.look(root);
  assert.equal(looker.usesThread, false);
  assert.equal(servable(await looker.look(root), 'm')?.versions.length, 40);
  assert.equal(looker.usesThread, true);
});

for (const count of [3, 20]) {
  test(`looker: of ${count} servables what did not change stays the same object`, async () => {
    putMany(count);
    await looker.look(root);
    const first = await looker.look(root);
    assert.equal(await looker.look(root), first);
    put('m1/2/a.mindir');
    const second = await looker.look(root);
    assert.equal(servable(second, 'm0'), servable(first, 'm0'));
    assert.deepEqual(
      servable(second, 'm1')?.versions.map(({ version }) => version),
      [1, 2],
    );
    rmSync(path.join(root, 'm2'), { recursive: true });
    assert.equal(servable(await looker.look(root), 'm2'), undefined);
  });

  test(`looker: of ${count} servables fresh files wait for a second look`, async () => {
    putMany(count);
    put('m1/1/a.mindir', 'y', Date.now() / 1000 + 3600);
    assert.equal((await looker.look(root)).unstable.has('m1/1'), true);
    assert.deepEqual([...(await looker.look(root)).unstable], []);
  });

  test(`looker: a root of ${count} servables that cannot be read rejects, and is looked at again`, async () => {
    putMany(count);
    await looker.look(root);
    rmSync(root, { recursive: true });
    await assert.rejects(looker.look(root), { code: 'ENOENT' });
    putMany(count);
    assert.equal((await looker.look(root)).scan.servables.length, count);
  });
}

test('looker: another root is looked at afresh', async () => {
  putMany(20);
  await looker.look(root);
  const other = path.join(root, 'm3');
  put('m3/n/1/b.mindir');
  assert.deepEqual(
    (await looker.look(other)).scan.servables.map(({ name }) => name),
    ['1', 'n'],
  );
});

test('looker: a stop ends a look that is on its way', async () => {
  putMany(20);
  const look = looker.look(root);
  const ended = assert.rejects(look, /the thread that looks has ended/);
  // The thread is started when the root was listed.
  while (!looker.usesThread) await new Promise(setImmediate);
  looker.stop();
  await ended;
});

test('remembered: a configuration is parsed again only when its file changed, or is so new that it might have', async () => {
  const file = path.join(root, 'c.yaml');
  const write = (max: number, seconds: number): void => put('c.yaml', `batching: {max_batch: ${max}}\n`, seconds);
  const old = { ...asyncFiles, stat: async (place: string) => ({ ...statSync(place), ctimeMs: 0 }) as never };
  write(1, 1e9);
  const first = await readConfig(old, file, undefined);
  assert.equal(first.config?.batching.max_batch, 1);
  // A change that leaves no trace is not seen: the file was not read.
  write(2, 1e9);
  assert.equal(await readConfig(old, file, first), first);
  write(2, 1e9 + 1);
  const second = await readConfig(old, file, first);
  assert.equal(second.config?.batching.max_batch, 2);
  write(3, Date.now() / 1000);
  const third = await readConfig(syncFiles, file, second);
  assert.equal(third.config?.batching.max_batch, 3);
  write(4, Date.now() / 1000);
  assert.equal((await readConfig(syncFiles, file, third)).config?.batching.max_batch, 4);
});
