import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
