import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inRoot } from '../lib/paths.mjs';
import { broken, highestRate } from './search.mjs';
import { capacityTable, replicas, withCapacity } from './table.mjs';

/** A server of 1000 a second whose 99th percentile grows as a queue's does. */
async function load({ rate, concurrency }) {
  const busy = (rate ?? 1000) / 1000;
  const latency = { p50: 1, p99: concurrency === undefined ? 1 / (1 - busy) : 4 };
  return { per_second: busy * 1000, seconds: 2, sent: 2000 * busy, ok: 2000 * busy, lag: { p99: 0.1 }, latency };
}

test('capacity: the highest share of the peak at which the objective holds', async () => {
  assert.deepEqual(await highestRate({ load, latencyMs: 5.1, concurrency: 4 }), {
    peak: 1000,
    rate: 800,
    p50: 1,
    p99: 1 / (1 - 0.8),
  });
  assert.deepEqual(await highestRate({ load, latencyMs: 1.1, concurrency: 4 }), { peak: 1000 });
});

test('capacity: a run with a failure, late load or a high percentile holds nothing', async () => {
  const run = await load({ rate: 500 });
  assert.equal(broken(run, 5), undefined);
  assert.match(broken({ ...run, sent: run.ok + 1 }, 5), /^1 of 1001 requests were not answered rightly$/);
  assert.match(broken({ ...run, lag: { p99: 1.2 } }, 5), /sent 1\.2 ms late/);
  assert.match(broken(run, 1.9), /99th percentile is 2\.0 ms/);
});

test('capacity: pods for a rate, and the page they are worked out on', () => {
  assert.equal(replicas(1000, 100, 4), 4);
  assert.equal(replicas(1_000_000, 1250, 4), 286);
  const machine = { cpu: 'A', cores: 2, kernel: '6', node: 'v24', commit: 'abc', date: '2026-01-02T03', load: [0.1] };
  const models = [
    { model: 'lenet5', latencyMs: 5, cores: 1, peak: 1500, rate: 1250, p50: 0.5, p99: 4.5 },
    { model: 'slow', latencyMs: 1, cores: 1, peak: 10 },
  ];
  const page = readFileSync(inRoot('docs', 'CAPACITY.md'), 'utf8');
  const text = withCapacity(page, capacityTable({ machine, seconds: 20, models }));
  assert.match(text, /\| lenet5 \| 5 ms \| 1 \| 1500 \| 1250 \| 1250\.0 \| 0\.5 \| 4\.5 \| 1 \|/);
  assert.match(text, /\| slow \| 1 ms \| 1 \| 10 \| none \|/);
  assert.match(text, /= 286 pods of 4 cores, which is 18 machines of 64/);
  assert.equal(withCapacity(text, ['x']), withCapacity(page, ['x']));
});
