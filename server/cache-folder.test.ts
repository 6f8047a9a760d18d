import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { openCacheFolder } from './cache-folder.ts';

const root = mkdtempSync(path.join(tmpdir(), 'mindird-cache-'));
after(() => rmSync(root, { recursive: true }));

test('cache folder: it is made for its owner alone', () => {
  const folder = path.join(root, 'a/b');
  assert.deepEqual(openCacheFolder(folder), { path: folder, reason: '' });
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test('cache folder: what cannot be a folder turns the cache off with a reason', () => {
  writeFileSync(path.join(root, 'file'), '');
  assert.deepEqual(openCacheFolder(path.join(root, 'file')), { path: null, reason: 'not a folder' });
  assert.deepEqual(openCacheFolder(path.join(root, 'file/below')), { path: null, reason: 'not a folder' });
  assert.equal(openCacheFolder('/proc/none/below').path, null);
});

test('cache folder: what a killed process left half written goes, what is being written stays', () => {
  const folder = path.join(root, 'swept');
  openCacheFolder(folder);
  for (const name of ['old.cpu.1.0.tmp', 'new.cpu.2.0.tmp', 'old.cpu']) writeFileSync(path.join(folder, name), 'x');
  const longAgo = Date.now() / 1000 - 7200;
  for (const name of ['old.cpu.1.0.tmp', 'old.cpu']) utimesSync(path.join(folder, name), longAgo, longAgo);
  for (const name of ['.quantise-old', '.quantise-new']) {
    mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, name, '1.mindir'), 'x');
  }
  utimesSync(path.join(folder, '.quantise-old'), longAgo, longAgo);
  openCacheFolder(folder);
  assert.deepEqual(readdirSync(folder).sort(), ['.quantise-new', 'new.cpu.2.0.tmp', 'old.cpu']);
});
