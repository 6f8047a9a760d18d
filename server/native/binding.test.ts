import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { addonRemedy, linkerReason } from './addon-file.ts';
import { loadAddonFrom } from './binding.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mindird-binding-'));
after(() => rmSync(folder, { recursive: true }));

function module(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

test('binding: an addon that is not built is an error with the next step', () => {
  assert.throws(() => loadAddonFrom('/none/mindird.node'), {
    message: '/none/mindird.node: there is no native addon, run "npm run build"',
  });
});

test('binding: an addon that does not load is an error with the cause', () => {
  assert.throws(
    () => loadAddonFrom(module('broken.node', 'not an ELF file')),
    /broken\.node: cannot be loaded \(.*\), run "npm run build"/,
  );
});

test('binding: an addon of another version names what it lacks', () => {
  assert.throws(
    () => loadAddonFrom(module('old.cjs', 'exports.load = () => {}')),
    /old\.cjs: has no systemInfo, configure, loadsGiveWay, setCompletionHandler, embed, inspect, deviceMemory, detach, mapShared, drainEvents/,
  );
});

test('binding: rejections become serving errors with their code', async () => {
  const text = `
    const fail = async () => { throw Object.assign(new Error('m/1: cut off'), { code: 'INVALID_MODEL' }); };
    module.exports = { systemInfo() {}, configure() {}, loadsGiveWay() {}, setCompletionHandler() {}, load: fail, embed: fail, inspect: fail, deviceMemory: () => [], detach() {}, mapShared() {}, drainEvents: () => [] };`;
  const addon = loadAddonFrom(module('failing.cjs', text));
  await assert.rejects(addon.load({} as never), {
    name: 'ServingError',
    code: 'INVALID_MODEL',
    message: 'm/1: cut off',
  });
  await assert.rejects(addon.embed({} as never, {} as never), { name: 'ServingError', code: 'INVALID_MODEL' });
  await assert.rejects(addon.inspect('x', {} as never), { name: 'ServingError', code: 'INVALID_MODEL' });
});

test('binding: a system that is too old for the packaged addon is told so, with what is new enough', () => {
  const needs = (name: string): string =>
    linkerReason(`/lib/x86_64-linux-gnu/libm.so.6: version \`${name}' not found (required by /x/mindird.node)`);
  assert.match(needs('GLIBC_2.35'), /^needs glibc 2\.35 or later and this system's is older \(Debian 12, /);
  assert.match(needs('GLIBCXX_3.4.30'), /^needs a newer libstdc\+\+, with GLIBCXX_3\.4\.30 /);
  assert.match(addonRemedy(false), /^install @mindird\/\w+-\w+ of the same version, /);
});
