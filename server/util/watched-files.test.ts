import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { WatchedFiles } from './watched-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mindird-watched-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Watched {
  readonly files: WatchedFiles<string>;
  readonly seen: string[];
  readonly refused: string[];
}

/** Watches two files whose contents must be the same. */
function watch(...names: readonly string[]): Watched {
  const [seen, refused]: [string[], string[]] = [[], []];
  const files = new WatchedFiles({
    paths: names.map((name) => path.join(folder, name)),
    pollMs: 60_000,
    parse: (contents) => {
      const [first = '', second = first] = contents.map(String);
      if (first !== second) throw new Error(`${first} and ${second}`);
      return first;
    },
    changed: (value) => seen.push(value),
    refused: (error) => refused.push((error as Error).message),
  });
  return { files, seen, refused };
}

const put = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);

test('watched files: what changed is told once, and what did not is not', async () => {
  put('a', '1');
  put('b', '1');
  const { files, seen } = watch('a', 'b');
  assert.equal(await files.load(), '1');
  await files.look();
  put('a', '2');
  put('b', '2');
  await files.look();
  await files.look();
  assert.deepEqual(seen, ['2']);
});

test('watched files: a look between two changes that belong together refuses nothing', async () => {
  put('a', '1');
  put('b', '1');
  const { files, seen, refused } = watch('a', 'b');
  await files.load();
  put('a', '2');
  await files.look();
  put('b', '2');
  await files.look();
  assert.deepEqual([seen, refused], [['2'], []]);
});

test('watched files: what stays wrong is told once, and what is right again is used', async () => {
  put('a', '1');
  put('b', '1');
  const { files, seen, refused } = watch('a', 'b');
  await files.load();
  put('a', '2');
  for (let look = 0; look < 4; look++) await files.look();
  assert.deepEqual(refused, ['2 and 1']);
  rmSync(path.join(folder, 'a'));
  for (let look = 0; look < 3; look++) await files.look();
  assert.equal(refused.length, 2);
  assert.match(refused[1] ?? '', /ENOENT.*a'/);
  put('a', '1');
  await files.look();
  assert.deepEqual(seen, []);
  put('a', '2');
  for (let look = 0; look < 2; look++) await files.look();
  assert.equal(refused.length, 3);
});

test('watched files: all files of a volume changed at once by a link, as Kubernetes does it', async () => {
  const versions = ['..1', '..2'].map((name) => path.join(folder, name));
  for (const [i, version] of versions.entries()) {
    mkdirSync(version);
    for (const file of ['c', 'd']) writeFileSync(path.join(version, file), String(i));
  }
  symlinkSync('..1', path.join(folder, '..data'));
  for (const file of ['c', 'd']) symlinkSync(path.join('..data', file), path.join(folder, file));
  const { files, seen } = watch('c', 'd');
  assert.equal(await files.load(), '0');
  symlinkSync('..2', path.join(folder, '..new'));
  renameSync(path.join(folder, '..new'), path.join(folder, '..data'));
  rmSync(versions[0] ?? '', { recursive: true });
  await files.look();
  assert.deepEqual(seen, ['1']);
});

test('watched files: a first read that fails throws, and so does what is no file of sensible size', async () => {
  await assert.rejects(watch('none').files.load(), /ENOENT/);
  await assert.rejects(watch('.').files.load(), /EISDIR|is no regular file/);
  put('large', 'x'.repeat(2 ** 20 + 1));
  await assert.rejects(watch('large').files.load(), /large: has 1048577 bytes, the limit is 1048576/);
});
