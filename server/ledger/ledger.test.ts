import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callEnd as call, inferMethod as infer, stageTimes } from '../../test/support/call-end.ts';
import type { ServableConfig } from '../config/servable-fields.ts';
import { endCodes } from './calls.ts';
import { Ledger } from './ledger.ts';

function counts(ledger: Ledger): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [method, byCode] of ledger.calls.all())
    byCode.forEach((count, place) => {
      if (count > 0) found[`${method} ${endCodes[place]}`] = count;
    });
  return found;
}

test('ledger: calls are counted by method and code, and paths callers make up have one place', () => {
  const ledger = new Ledger();
  ledger.serve([infer]);
  ledger.end(call());
  ledger.end(call({ code: 'OVERLOADED' }));
  ledger.end(call({ code: 'CANCELLED' }));
  for (let i = 0; i < 100; i++) ledger.end(call({ method: `/made/up${i}`, code: 'NOT_FOUND' }));
  assert.deepEqual(counts(ledger), {
    [`${infer} OK`]: 1,
    [`${infer} OVERLOADED`]: 1,
    [`${infer} CANCELLED`]: 1,
    'other NOT_FOUND': 100,
  });
});

const slo = (latency: number | null, objective = 0.9): ServableConfig['slo'] => ({
  latency,
  objective,
  window: 3_600_000,
});

test('ledger: what no version took is counted under the name of its servable, and names that are not served are not kept', () => {
  const ledger = new Ledger();
  ledger.known('m', slo(10), 0);
  ledger.end(call({ servable: 'm', code: 'NOT_READY' }));
  ledger.end(call({ servable: 'm', version: '7', code: 'NOT_FOUND' }));
  for (let i = 0; i < 100; i++) ledger.end(call({ servable: `made-up-${i}`, code: 'NOT_FOUND' }));
  const [account, ...others] = ledger.servables;
  assert.deepEqual(others, []);
  assert.equal(account?.refused[endCodes.indexOf('NOT_READY')], 1);
  assert.equal(account?.refused[endCodes.indexOf('NOT_FOUND')], 1);
  assert.deepEqual([account?.budget.good, account?.budget.bad], [0, 1]);
});

test('ledger: the budget survives a new version, and the statistics of a version are those of its own calls', () => {
  const ledger = new Ledger();
  ledger.known('m', slo(10), 0);
  const first = ledger.open('m', '1');
  ledger.end(call({ servable: 'm', version: '1', rows: 3, times: stageTimes(5e6), totalNs: 5e6 }));
  ledger.end(call({ servable: 'm', version: '1', times: stageTimes(50e6), totalNs: 50e6 }));
  const second = ledger.open('m', '2');
  assert.equal(ledger.close(first), true);
  ledger.end(call({ servable: 'm', version: '2', code: 'ENGINE_FAILED', totalNs: 1e6 }));
  const view = ledger.servable('m')?.budget.view(0);
  assert.deepEqual([view?.good, view?.bad], [1, 2]);
  assert.deepEqual([first.statistics.successCount, first.statistics.inferenceCount], [2, 3]);
  assert.deepEqual([second.statistics.successCount, second.statistics.failCount], [0, 1]);
  assert.equal([...(ledger.servable('m')?.versions ?? [])].length, 1);
});

test('ledger: a result that came too late for its caller is no success, neither of the version nor of the objective', () => {
  const ledger = new Ledger();
  ledger.known('m', slo(10), 0);
  const version = ledger.open('m', '1');
  ledger.end(call({ servable: 'm', version: '1', code: 'DEADLINE_EXCEEDED', times: stageTimes(5e6), totalNs: 5e6 }));
  ledger.end(call({ servable: 'm', version: '1', code: 'CANCELLED', times: stageTimes(5e6), totalNs: 5e6 }));
  const { budget } = ledger.servable('m') ?? {};
  assert.deepEqual([budget?.good, budget?.bad], [0, 1]);
  assert.deepEqual(
    [version.statistics.successCount, version.statistics.failCount, version.duration],
    [0, 2, undefined],
  );
});

test('ledger: a servable that left the repository is counted until its last version is gone', () => {
  const ledger = new Ledger();
  ledger.known('m', slo(null), 0);
  const version = ledger.open('m', '1');
  ledger.forgotten('m');
  ledger.end(call({ servable: 'm', version: '1', times: stageTimes(1e6) }));
  assert.equal(version.statistics.successCount, 1);
  ledger.close(version);
  assert.equal(ledger.servable('m'), undefined);
  ledger.known('n', slo(null), 0);
  ledger.forgotten('n');
  assert.equal(ledger.servable('n'), undefined);
});

test('ledger: two copies of a version share an account, which ends with the last', () => {
  const ledger = new Ledger();
  const before = ledger.open('m', '1');
  assert.equal(ledger.open('m', '1'), before);
  assert.equal(ledger.close(before), false);
  assert.equal(ledger.close(before), true);
});

test('ledger: a call costs at most 2 µs of processor time', () => {
  const ledger = new Ledger();
  ledger.serve([infer]);
  ledger.known('m', slo(10), 0);
  ledger.open('m', '1');
  const rounds: number[] = [];
  const calls = 50_000;
  for (let round = 0; round < 6; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < calls; i++) {
      const totalNs = 1e6 + ((i * 7919) % 1000) * 20_000;
      ledger.end(
        call({ servable: 'm', version: '1', totalNs, times: stageTimes(totalNs), endedAt: round * 60_000 + i }),
      );
    }
    const used = process.cpuUsage(start);
    rounds.push((used.user + used.system) / calls);
  }
  // The quickest round is the code's own cost, that of making the records included.
  const quickest = Math.min(...rounds);
  console.log(`one call: ${quickest.toFixed(2)} µs`);
  assert.ok(quickest <= 2, `${quickest} µs`);
});
