// Requests that share a batch do not share what is wrong with one of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNpz } from '../../server/npz/npz.ts';
import { projectPath } from '../../server/util/root.ts';
import { digitsOptions, openSession } from './addon-session.ts';

const session = openSession();
const clients = 8;
/** Tries to have all clients in one batch; each fails only when this process stands still between two submissions. */
const attempts = 100;

test('batch data: an index out of range fails its own request, and the error names its own place', async () => {
  const path = (kind: string): string => projectPath('test', 'networks', `wide_deep_dynamic.${kind}`);
  const arrays = await readNpz(path('npz'));
  const recorded = [0, 1].map((i) => arrays.get(`input_${i}`) ?? assert.fail(`no input ${i}`));
  const firstRows = recorded.map(({ bytes, shape }) =>
    Uint8Array.from(bytes.subarray(0, bytes.length / (shape[0] ?? 1))),
  );
  const shapes = recorded.map(({ shape }) => [1, ...shape.slice(1)]);
  const model = await session.addon.load(
    digitsOptions({
      path: path('mindir'),
      label: 'wide_deep/1',
      maxBatch: clients,
      buckets: [1, clients],
      maxQueueDelayUs: 30_000,
    }),
  );
  const indices = model.signature.inputs.findIndex(({ dtype }) => dtype === 'INT32' || dtype === 'INT64');
  assert.ok(indices >= 0);
  const bad = firstRows.map((bytes, i) => (i === indices ? new Uint8Array(bytes.length).fill(0x7f) : bytes));
  const outputs = model.signature.outputs.map(() => null);
  const ask = (inputs: readonly Uint8Array[]): number => model.submit(inputs, shapes, outputs, 0, 0);
  const alone = (await session.outcome(ask(bad))).error;
  assert.equal(alone?.code, 'INVALID_ARGUMENT');
  for (let attempt = 0; attempt < attempts; attempt++) {
    const tickets = Array.from({ length: clients }, (_, i) => ask(i === 5 ? bad : firstRows));
    const outcomes = await Promise.all(tickets.map((ticket) => session.outcome(ticket)));
    outcomes.forEach(({ error }, i) => {
      assert.deepEqual(error, i === 5 ? alone : null);
    });
    // Those who were together in a batch that failed have run one by one, one after the other.
    if (outcomes.every(({ batch }, i) => batch.rows === (i === 5 ? 0 : 1))) return model.close();
  }
  return assert.fail('the clients were never in one batch');
});
