// What a start of the server loads.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { projectPath } from './util/root.ts';

/** Files that a file's code is loaded with: its imports, types apart. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export) (?!type\b)(?:[^;']*? from )?'(\.[^']+)';/gm);
  return [...statements]
    .filter(([statement]) => !/^(?:import|export) \{(\s*type [\w ]+,?)+\s*\} from/.test(statement))
    .map(([, to = '']) => path.join(path.dirname(file), to));
}

test('daemon: code for stages and shared memory is loaded where they are used, and not at every start', () => {
  const root = projectPath('server');
  const daemon = path.join(root, 'daemon.ts');
  const network = /async function loadNetwork[\s\S]*?\n\}/.exec(readFileSync(daemon, 'utf8'))?.[0] ?? '';
  const late = [...network.matchAll(/import\('(\.[^']+)'\)/g)].map(([, to = '']) => path.join(root, to));
  const loaded = new Set([daemon, ...late]);
  for (const file of loaded) for (const other of importsOf(file)) loaded.add(other);
  const names = [...loaded].map((file) => path.relative(root, file));
  assert.ok(late.length > 5 && names.length > 150 && names.includes('protocol/oip-http/infer.ts'), `${names.length}`);
  const unwanted = names.filter((name) => /^(stages|config\/numpy|tracing)\/|^inference\/shared-regions/.test(name));
  assert.deepEqual(unwanted, []);
});
