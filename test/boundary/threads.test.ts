// Whose threads compute: one team of the process, for oneDNN's parallel regions too, whatever runtime the library was linked with.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { digitsOptions, openSession } from './addon-session.ts';

/** The names of this process's threads. */
const threadNames = (): string[] =>
  readdirSync('/proc/self/task').map((id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim());

const countOf = (names: readonly string[], wanted: string): number => names.filter((name) => name === wanted).length;

test('threads: models share one team, which oneDNN runs on', async () => {
  const { addon, outcome } = openSession();
  const options = digitsOptions({ path: projectPath('test', 'networks', 'vgg16.mindir'), maxBatch: 1 });
  const alone = await addon.load({ ...options, threads: 1 });
  const before = threadNames();
  assert.equal(countOf(before, 'compute'), 0, 'one thread needs no team');

  const models = [await addon.load({ ...options, threads: 2 }), await addon.load({ ...options, threads: 2 })];
  for (const model of models) {
    const shape = (model.signature.inputs[0]?.shape ?? []).map((size) => Math.max(size, 1));
    const input = new Uint8Array(shape.reduce((product, size) => product * size, 4));
    assert.equal((await outcome(model.submit([input], [shape], [null], 0, 0))).error, null);
  }
  const after = threadNames();
  assert.equal(countOf(after, 'compute'), 1, 'one worker beside whoever computes');
  // An instance for each model: a second runtime would have brought threads of its own.
  assert.equal(after.length - before.length, models.length + 1);
  await Promise.all([alone, ...models].map((model) => model.close()));
});
