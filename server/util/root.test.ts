import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { findRoot, projectPath } from './root.ts';

test('root: is the nearest folder above with our package.json and proto/', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'mindird-root-'));
  const inner = path.join(dir, 'dist', 'server', 'util');
  mkdirSync(inner, { recursive: true });
  writeFileSync(path.join(dir, 'dist', 'package.json'), '{"name":"other"}');
  assert.throws(() => findRoot(inner), /no folder above holds the package\.json of mindird/);
  writeFileSync(path.join(dir, 'package.json'), '{"name":"mindird"}');
  assert.throws(() => findRoot(inner));
  mkdirSync(path.join(dir, 'proto'));
  assert.equal(findRoot(inner), dir);
  writeFileSync(path.join(dir, 'package.json'), '{');
  assert.throws(() => findRoot(inner));
  rmSync(dir, { recursive: true });
});

test('root: project files are found from here', () => {
  assert.ok(existsSync(projectPath('proto', 'inference', 'service.proto')));
});
