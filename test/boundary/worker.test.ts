// Several JavaScript environments share the addon; ending one in the middle of its requests hurts nobody.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { patienceMs } from '../support/until.ts';
import { digitsOptions, openSession, submitImage } from './addon-session.ts';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

async function busyWorker(): Promise<Worker> {
  const worker = new Worker(new URL(`./worker-body${extension}`, import.meta.url));
  const [message] = (await once(worker, 'message')) as [string];
  assert.equal(message, 'busy');
  return worker;
}

test('worker: one environment ends in mid-inference, the others go on', { timeout: patienceMs }, async () => {
  const session = openSession();
  const model = await session.addon.load(digitsOptions());
  for (let round = 0; round < 3; round += 1) {
    const workers = await Promise.all([busyWorker(), busyWorker()]);
    const ticket = submitImage(model, 2);
    await workers[0]?.terminate();
    assert.equal((await session.outcome(ticket)).error, null);
    assert.equal((await session.outcome(submitImage(model))).error, null);
    await workers[1]?.terminate();
  }
  await model.close();
});
