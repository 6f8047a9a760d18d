// Folders made of what was downloaded, with jars made here.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { run, ToolFailure } from './lib/run.mjs';
import { checkLinuxX64, madeFolder, unpackJar } from './lib/unpacked.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mindird-unpacked-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (...parts) => readFileSync(path.join(folder, ...parts), 'utf8');

async function makeJar() {
  const from = path.join(folder, 'from');
  mkdirSync(path.join(from, 'org', 'some', 'include', 'deep'), { recursive: true });
  writeFileSync(path.join(from, 'org', 'some', 'include', 'deep', 'a.h'), 'header');
  writeFileSync(path.join(from, 'org', 'some', 'lib.so'), 'library');
  writeFileSync(path.join(from, 'org', 'some', 'other.so'), 'other');
  await run('cmake', ['-E', 'tar', 'cf', path.join(folder, 'some.jar'), '--format=zip', 'org'], { cwd: from });
  return path.join(folder, 'some.jar');
}

test('only the named files and folders of a jar are unpacked', async () => {
  const to = path.join(folder, 'to');
  mkdirSync(to);
  await unpackJar(await makeJar(), 'org/some', ['include', 'lib.so'], to);
  assert.deepEqual(readdirSync(to).sort(), ['include', 'lib.so']);
  assert.equal(text('to', 'include', 'deep', 'a.h'), 'header');
  assert.equal(text('to', 'lib.so'), 'library');
});

test('what a jar lacks is named, and nothing of it is left', async () => {
  const to = path.join(folder, 'to');
  mkdirSync(to);
  const jar = await makeJar();
  await assert.rejects(
    () => unpackJar(jar, 'org/some', ['lib.so', 'none.so'], to),
    /^Error: some\.jar holds no none\.so$/,
  );
  assert.deepEqual(readdirSync(to), []);
});

test('a folder is made once for a source, and anew for another', async () => {
  const made = path.join(folder, 'deps', 'thing');
  let times = 0;
  const fill = async (to, work) => {
    ++times;
    writeFileSync(path.join(work, 'not-kept'), '');
    writeFileSync(path.join(to, 'file'), String(times));
  };
  assert.equal(await madeFolder(made, 'thing 1', fill), made);
  await madeFolder(made, 'thing 1', fill);
  assert.deepEqual([times, text('deps', 'thing', 'version')], [1, 'thing 1\n']);
  await madeFolder(made, 'thing 2', fill);
  assert.deepEqual([times, text('deps', 'thing', 'file')], [2, '2']);
  await madeFolder(made, 'thing 2', fill, { stamp: 'source.txt' });
  assert.deepEqual(readdirSync(made).sort(), ['file', 'source.txt']);
  assert.deepEqual(readdirSync(path.join(folder, 'deps')), ['thing']);
});

test('a folder that could not be made leaves the one before it as it was', async () => {
  const made = path.join(folder, 'deps', 'thing');
  await madeFolder(made, 'thing 1', async (to) => writeFileSync(path.join(to, 'file'), 'old'));
  const half = async (to) => {
    writeFileSync(path.join(to, 'file'), 'new');
    throw new ToolFailure('the download broke off');
  };
  await assert.rejects(() => madeFolder(made, 'thing 2', half), /the download broke off/);
  assert.equal(text('deps', 'thing', 'file'), 'old');
  assert.deepEqual(readdirSync(path.join(folder, 'deps')), ['thing']);
  await assert.rejects(() => madeFolder(path.join(folder, 'deps', 'none'), 'none 1', half));
  assert.ok(!existsSync(path.join(folder, 'deps', 'none')));
});

test('binaries are refused where they do not run', () => {
  checkLinuxX64('x', '', { platform: 'linux', arch: 'x64' });
  const refused = (instead) => () => checkLinuxX64('the library', instead, { platform: 'linux', arch: 'arm64' });
  assert.throws(refused(), /^Error: the library is for linux x64, this is linux arm64$/);
  assert.throws(refused('build it'), /; build it$/);
});
