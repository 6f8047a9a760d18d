// Repositories as volumes really are: mounts that vanish, inodes that mean nothing, permissions that are mended, copies that pause.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type Files, syncFiles } from './files.ts';
import type { FoundVersion, Scan } from './repository.ts';
import { RepositoryScanner } from './repository.ts';
import { judgeStability } from './stability.ts';

let folder = '';
let root = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mindird-volumes-'));
  root = path.join(folder, 'servables');
  mkdirSync(root);
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(file: string, text = 'x', seconds = 1e9): string {
  const full = path.join(root, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, text);
  utimesSync(full, seconds, seconds);
  return full;
}

const versionOf = ({ servables }: Scan, name = 'm'): FoundVersion =>
  servables.find((servable) => servable.name === name)?.versions[0] ?? assert.fail(`${name} has no version`);

/** A file system that says of files what a test wants it to. */
const changed = (stat: (place: string) => object, readable = true): Files => ({
  ...syncFiles,
  stat: (place) => Object.assign(statSync(place), stat(place)),
  readable: () => readable,
});

test('volumes: inodes that are others at every look are no change, where the times of change stay', async () => {
  put('m/1/a.mindir');
  let ino = 1;
  const scanner = new RepositoryScanner(changed((place) => (place.endsWith('.mindir') ? { ino: ino++ } : {})));
  const first = await scanner.look(root);
  assert.equal(await scanner.look(root), first);
  assert.equal(await scanner.look(root), first);
});

test('volumes: another file of the same size and time is a change, and the next look finds it the same', async () => {
  put('m/1/a.mindir', 'one');
  const scanner = new RepositoryScanner(syncFiles);
  const first = await scanner.look(root);
  const file = path.join(root, 'm/1/a.mindir');
  const { ctimeMs } = statSync(file);
  // The clock of a file system has a grain.
  while (statSync(put('.staged', 'two')).ctimeMs === ctimeMs);
  renameSync(path.join(root, '.staged'), file);
  const second = await scanner.look(root);
  assert.notEqual(versionOf(second).fingerprint, versionOf(first).fingerprint);
  assert.equal(await scanner.look(root), second);
  assert.equal(versionOf(second).writtenAt, 0, 'it was moved there whole');
});

test('volumes: a permission that is mended is a change, one that changes nothing is none', async () => {
  put('m/1/a.mindir');
  let may = false;
  let mode = 0o100400;
  const files: Files = { ...changed(() => ({ mode })), readable: () => may };
  const scanner = new RepositoryScanner({
    ...files,
    stat: (place) => (place.endsWith('.mindir') ? files.stat(place) : statSync(place)),
  });
  const refused = await scanner.look(root);
  may = true;
  const mended = await scanner.look(root);
  assert.notEqual(versionOf(mended).fingerprint, versionOf(refused).fingerprint);
  mode = 0o100444;
  assert.equal(versionOf(await scanner.look(root)).fingerprint, versionOf(mended).fingerprint);
});

test('volumes: an emptied mount is no empty repository, a folder whose servables were removed is one', async () => {
  put('m/1/a.mindir');
  const scanner = new RepositoryScanner(syncFiles);
  await scanner.look(root);
  // The mount point lies below the mount, and is another folder.
  renameSync(root, path.join(folder, 'volume'));
  mkdirSync(root);
  await assert.rejects(scanner.look(root), { code: 'EMPTIED' });
  await assert.rejects(scanner.look(root), { code: 'EMPTIED' });
  rmSync(root, { recursive: true });
  renameSync(path.join(folder, 'volume'), root);
  assert.equal((await scanner.look(root)).servables.length, 1);
  rmSync(path.join(root, 'm'), { recursive: true });
  assert.deepEqual((await scanner.look(root)).servables, []);
});

test('volumes: an emptied mount of one servable leaves it as it is', async () => {
  put('m/1/a.mindir');
  put('n/1/a.mindir');
  const scanner = new RepositoryScanner(syncFiles);
  await scanner.look(root);
  renameSync(path.join(root, 'm'), path.join(folder, 'volume'));
  mkdirSync(path.join(root, 'm'));
  const { servables, unreadable, skipped } = await scanner.look(root);
  assert.deepEqual([servables.map(({ name }) => name), unreadable], [['n'], ['m']]);
  assert.match(skipped[0]?.reason ?? '', /^is empty and another folder than before, as if its volume were not mounted/);
  rmSync(path.join(root, 'n/1'), { recursive: true });
  assert.deepEqual(
    (await scanner.look(root)).servables.map(({ versions }) => versions.length),
    [0],
    'emptied on purpose',
  );
});

test('volumes: a copy that pauses is one change, when it has rested', async () => {
  const restMs = 60_000;
  const file = put('m/1/a.mindir', 'a');
  const scanner = new RepositoryScanner(syncFiles);
  const unstable = async (laterMs: number): Promise<readonly string[]> => {
    const scan = await scanner.look(root);
    return [...judgeStability(scan, seen, Date.now() + laterMs, restMs).unstable];
  };
  let seen = judgeStability(await scanner.look(root), new Map(), Date.now(), restMs).seen;
  assert.deepEqual(await unstable(0), [], 'it was there, and is old');
  writeFileSync(file, 'a longer one');
  utimesSync(file, 1e9 + 1, 1e9 + 1);
  assert.deepEqual(await unstable(0), ['m/1']);
  seen = judgeStability(await scanner.look(root), new Map(), Date.now(), restMs).seen;
  assert.deepEqual(await unstable(restMs / 2), ['m/1'], 'two looks found it the same, and it paused');
  cpSync(file, path.join(root, 'm/1/weights'), { preserveTimestamps: true });
  assert.deepEqual(await unstable(restMs / 2), ['m/1'], 'a file was added');
  assert.deepEqual(await unstable(2 * restMs), [], 'it rests');
});

test('volumes: leading zeros of a version folder are passed over, and two folders are not one version', async () => {
  put('m/007/a.mindir');
  put('m/7/a.mindir');
  put('n/0012/a.mindir');
  const scan = await new RepositoryScanner(syncFiles).look(root);
  assert.deepEqual([versionOf(scan).version, versionOf(scan).file], [7, path.join(root, 'm/007/a.mindir')]);
  assert.equal(versionOf(scan, 'n').version, 12);
  assert.deepEqual(scan.skipped, [{ path: path.join(root, 'm/7'), reason: 'another folder is version 7 too' }]);
});

test('volumes: a model without a version folder is version 1, beside version folders it is named', async () => {
  const flat = put('m/a.mindir');
  put('m/servable_config.yaml', 'slo: {latency: 5ms}\n');
  const scanner = new RepositoryScanner(syncFiles);
  const first = versionOf(await scanner.look(root));
  assert.deepEqual([first.version, first.file, first.problem], [1, flat, '']);
  put('m/servable_config.yaml', 'slo: {latency: 6ms}\n');
  assert.equal(versionOf(await scanner.look(root)).fingerprint, first.fingerprint, 'an objective loads nothing anew');
  put('m/3/b.mindir');
  const scan = await scanner.look(root);
  assert.equal(versionOf(scan).version, 3);
  assert.deepEqual(scan.skipped, [{ path: flat, reason: 'lies beside version folders, which are served' }]);
});

test('volumes: a model beside the servables is named', async () => {
  put('a.mindir');
  put('notes.txt');
  const { servables, skipped } = await new RepositoryScanner(syncFiles).look(root);
  assert.deepEqual(servables, []);
  assert.deepEqual(
    skipped.map(({ path: place }) => path.basename(place)),
    ['a.mindir'],
  );
  assert.match(skipped[0]?.reason ?? '', /^a model file belongs into NAME\/1\/ or NAME\/ of this folder/);
});

test('volumes: a repository that is one servable has its versions, or its model, directly in it', async () => {
  put('a.mindir');
  const scanner = new RepositoryScanner(syncFiles);
  const flat = await scanner.look(root, 'net');
  assert.deepEqual([flat.servables.length, versionOf(flat, 'net').version], [1, 1]);
  assert.equal(await scanner.look(root, 'net'), flat);
  put('2/a.mindir');
  assert.equal(versionOf(await scanner.look(root, 'net'), 'net').version, 2);
  renameSync(root, path.join(folder, 'volume'));
  mkdirSync(root);
  await assert.rejects(scanner.look(root, 'net'), { code: 'EMPTIED' });
  put('net/3/a.mindir');
  assert.equal(versionOf(await scanner.look(root, 'net'), 'net').version, 3, 'NAME/VERSION');
});
