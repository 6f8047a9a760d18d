import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { formatCpp } from './clang-format.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'clang-format-'));
after(() => rmSync(folder, { recursive: true }));

/** A clang-format that refuses files with a tab. */
const program = path.join(folder, 'clang-format');
writeFileSync(
  program,
  `#!/bin/sh\nfor file; do case "$file" in -*) ;; *) grep -l '\t' "$file" && bad=1;; esac; done\ntest -z "$bad"\n`,
  { mode: 0o755 },
);

test('clang-format: one file that differs among many is told, whichever share it is in', async () => {
  const files = ['a', 'b', 'c'].map((name) => path.join(folder, `${name}.cc`));
  for (const file of files) writeFileSync(file, 'int a;\n');
  assert.deepEqual(await formatCpp({ check: true, files, program }), { code: 0, out: '' });
  for (const file of files) {
    writeFileSync(file, '\tint a;\n');
    const { code, out } = await formatCpp({ check: true, files, program });
    assert.notEqual(code, 0);
    assert.equal(out.trim(), file);
    writeFileSync(file, 'int a;\n');
  }
});
