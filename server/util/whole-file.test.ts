import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { giveName, writeWhole } from './whole-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mindird-whole-'));
test.after(() => rmSync(folder, { recursive: true }));

test('whole file: takes the place of what was there, with the mode asked for and nothing beside it', async () => {
  const file = path.join(folder, 'a');
  writeFileSync(file, 'former');
  await writeWhole(file, 'present', 0o600);
  assert.equal(readFileSync(file, 'utf8'), 'present');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await writeWhole(file, Uint8Array.of(1, 2));
  assert.deepEqual([...readFileSync(file)], [1, 2]);
  assert.deepEqual(readdirSync(folder), ['a']);
});

test('whole file: what cannot take its place leaves nothing beside', async () => {
  const taken = path.join(folder, 'taken');
  mkdirSync(path.join(taken, 'inside'), { recursive: true });
  await assert.rejects(writeWhole(taken, 'x'), { syscall: 'rename' });
  await assert.rejects(writeWhole(path.join(folder, 'none', 'x'), 'x'), { code: 'ENOENT' });
  assert.deepEqual(readdirSync(folder).sort(), ['a', 'taken']);
});

test('whole file: one that was written elsewhere takes a name', async () => {
  const written = path.join(folder, 'b');
  writeFileSync(written, 'b');
  await giveName(written, path.join(folder, 'a'));
  assert.equal(readFileSync(path.join(folder, 'a'), 'utf8'), 'b');
  assert.deepEqual(readdirSync(folder).sort(), ['a', 'taken']);
});
