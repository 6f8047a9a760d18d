// Whatever sizes clients ask for, they make nothing that lasts.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { digitsOptions, openSession, submitImage } from './addon-session.ts';

const session = openSession();
const cacheDir = mkdtempSync(path.join(tmpdir(), 'mindird-sizes-'));
after(() => rmSync(cacheDir, { recursive: true, force: true }));

test('sizes: forty batch sizes write no file and make no plan', async () => {
  const model = await session.addon.load(digitsOptions({ maxBatch: 1, cacheDir }));
  const files = readdirSync(cacheDir);
  assert.equal(files.length, 1);
  for (let rows = 1; rows <= 40; rows++) {
    const { error, shapes, batch } = await session.outcome(submitImage(model, rows));
    assert.equal(error, null);
    assert.deepEqual(shapes, [[rows, 10]]);
    assert.deepEqual([batch.rows, batch.paddedRows], [rows, rows]);
  }
  assert.deepEqual(readdirSync(cacheDir), files);
  assert.equal((JSON.parse(model.report()) as { plans: unknown[] }).plans.length, 1);
  await model.close();
});

test('sizes: plans that requests ask for stay in memory', async () => {
  const files = readdirSync(cacheDir);
  const model = await session.addon.load(
    digitsOptions({ path: projectPath('test', 'ops', 'dynamic_rank.mindir'), label: 'any/1', cacheDir }),
  );
  for (let length = 1; length <= 40; length++) {
    const ticket = model.submit([new Uint8Array(4 * length)], [[length]], [null], 0, 0);
    assert.deepEqual((await session.outcome(ticket)).shapes, [[length]]);
  }
  const { plans } = JSON.parse(model.report()) as { plans: { partitions: { cache: { reason: string } }[] }[] };
  assert.equal(plans.length, 4);
  assert.equal(plans[0]?.partitions[0]?.cache.reason, 'made for a request, and kept in memory alone');
  assert.deepEqual(readdirSync(cacheDir), files);
  await model.close();
});

test('sizes: the cache holds no more than it may', async () => {
  const small = mkdtempSync(path.join(tmpdir(), 'mindird-small-cache-'));
  const bytes = (): number => readdirSync(small).reduce((sum, name) => sum + statSync(path.join(small, name)).size, 0);
  try {
    const load = async (maxBatch: number, cacheMaxSize?: number): Promise<void> => {
      const options = digitsOptions({ maxBatch, buckets: [maxBatch], cacheDir: small });
      await (await session.addon.load(cacheMaxSize === undefined ? options : { ...options, cacheMaxSize })).close();
    };
    await load(1);
    const one = bytes();
    assert.ok(one > 0);
    for (let batch = 2; batch <= 6; batch++) await load(batch, Math.round(2.5 * one));
    assert.ok(bytes() <= 2.5 * one && bytes() > one, `${bytes()} bytes of ${2.5 * one}`);
  } finally {
    rmSync(small, { recursive: true, force: true });
  }
});

test('sizes: no rows get an empty answer', async () => {
  const model = await session.addon.load(digitsOptions());
  const { error, shapes, buffers } = await session.outcome(submitImage(model, 0));
  assert.equal(error, null);
  assert.deepEqual(shapes, [[0, 10]]);
  assert.equal(buffers?.[0]?.byteLength, 0);
  await model.close();
});
