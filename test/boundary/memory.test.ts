// What a model is said to hold is what the process grows by when it is loaded, and gives back when it is closed. Measured on anonymous memory: pages of
// the addon's file that are touched for the first time are no model's.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { MemoryUse } from '../../server/native/binding-types.ts';
import { projectPath } from '../../server/util/root.ts';
import { digitsOptions, openSession } from './addon-session.ts';

const session = openSession();
const mebibyte = 2 ** 20;
/** Beside the margin: structures of the model and its report, and what the allocator keeps in between. */
const spare = 4 * mebibyte;

function anonymousBytes(): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

const sum = (use: MemoryUse): number => use.constants + use.packed + use.arenas + use.kernels + use.device;

const networks: readonly { readonly name: string; readonly maxBatch: number }[] = [
  // Plans for batches of 1, 2, 4, 8, 16 and 32: oneDNN's kernels are most of what they hold.
  { name: 'mobilenet_v3_large_dynamic', maxBatch: 32 },
  { name: 'bert_base_dynamic', maxBatch: 32 },
];

for (const { name, maxBatch } of networks)
  test(`memory: ${name} holds what it says, within a quarter, and gives it back`, async () => {
    // What the first model pays for all that come after it.
    const first = await session.addon.load(digitsOptions());
    const before = anonymousBytes();
    const path = projectPath('test', 'networks', `${name}.mindir`);
    const model = await session.addon.load(digitsOptions({ path, label: `${name}/1`, maxBatch }));
    const grown = anonymousBytes() - before;
    const use = model.memory();
    await model.close();
    const kept = anonymousBytes() - before;
    await first.close();
    const told = `${Math.round(grown / 1024)} KiB more, ${JSON.stringify(use)}`;
    assert.ok(Math.abs(grown - sum(use)) < grown / 4 + spare, told);
    assert.ok(kept < spare, `${Math.round(kept / 1024)} KiB are left`);
  });
