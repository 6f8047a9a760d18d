import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { transform } from 'esbuild';
import { dropLeftovers, oneByte } from './build-server.mjs';

test('what was compiled of a source that has moved goes, the rest stays', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-leftovers-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (...file) => {
    const place = path.join(folder, ...file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, '');
    return place;
  };
  write('server', 'npz', 'npz.ts');
  const kept = ['npz.js', 'npz.js.map', 'npz.d.ts', 'npz.json'].map((name) => write('dist', 'npz', name));
  const moved = ['npz.js', 'npz.js.map', 'npz.d.ts'].map((name) => write('dist', 'cli', 'npz', name));
  dropLeftovers(path.join(folder, 'server'), path.join(folder, 'dist'));
  assert.deepEqual(kept.map(existsSync), [true, true, true, true]);
  assert.deepEqual(moved.map(existsSync), [false, false, false]);
  dropLeftovers(path.join(folder, 'server'), path.join(folder, 'none'));
});

test('a bundle is text of one byte a character: comments lose theirs, and nothing else may have others', async () => {
  const text = '/** a … b */ f("\\u2026"); // 🙂\n';
  assert.equal(await oneByte(text, 'a.js', transform), '/** a ? b */ f("\\u2026"); // ??\n');
  assert.equal(await oneByte('f();', 'a.js', transform), 'f();');
  await assert.rejects(
    oneByte('f(String.raw`…`);', 'a.js', transform),
    /a\.js: other than ASCII characters outside of comments: …/,
  );
});
