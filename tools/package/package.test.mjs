// What the packages are made by, without making them: the floor, the addon that is taken without a build, and bills of materials.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { prebuiltAddon } from '../lib/prebuilt.mjs';
import { billOfMaterials, npmPart } from '../lib/sbom.mjs';
import { compareVersions, highest } from './floor.mjs';

let checkout;
beforeEach(() => {
  checkout = mkdtempSync(path.join(tmpdir(), 'mindird-prebuilt-'));
  put('package.json', '{"version":"1.2.3"}');
});
afterEach(() => rmSync(checkout, { recursive: true }));

function put(file, text) {
  mkdirSync(path.dirname(path.join(checkout, file)), { recursive: true });
  writeFileSync(path.join(checkout, file), text);
}

const folder = `node_modules/@mindird/${process.platform}-${process.arch}`;

test('package: the highest version of each library counts, and versions are numbers', () => {
  const text = `0x0010: Name: GLIBC_2.9 Flags: none Version: 4
    0x0020: Name: GLIBC_2.35  Name: GLIBCXX_3.4.9 Name: GLIBCXX_3.4.30 Name: CXXABI_1.3.13`;
  assert.deepEqual(highest(text), { GLIBC: '2.35', GLIBCXX: '3.4.30' });
  assert.ok(compareVersions('2.35', '2.9') > 0);
  assert.ok(compareVersions('2.35', '2.35.1') < 0);
  assert.equal(compareVersions('2.35', '2.35'), 0);
});

test('package: an installed addon is taken if it is of this version and nothing was built here', () => {
  assert.equal(prebuiltAddon(checkout, {}), undefined);
  put(`${folder}/mindird.node`, '');
  put(`${folder}/package.json`, '{"version":"1.2.2"}');
  assert.equal(prebuiltAddon(checkout, {}), undefined);
  put(`${folder}/package.json`, '{"version":"1.2.3"}');
  assert.equal(prebuiltAddon(checkout, {}), path.join(checkout, folder, 'mindird.node'));
  assert.equal(prebuiltAddon(checkout, { MINDIRD_ADDON: '/a/b.node' }), '/a/b.node');
  put('build/release/CMakeCache.txt', '');
  assert.equal(prebuiltAddon(checkout, {}), undefined);
});

test('package: a bill of materials names parts by purl and repeats to the byte', () => {
  const part = npmPart({ name: '@grpc/grpc-js', version: '1.2.3', license: 'Apache-2.0' });
  assert.equal(part.purl, 'pkg:npm/%40grpc/grpc-js@1.2.3');
  const make = () => JSON.stringify(billOfMaterials('mindird', '0.1.0', [part]));
  assert.equal(make(), make());
  assert.deepEqual(JSON.parse(make()).components[0].licenses, [{ expression: 'Apache-2.0' }]);
});
