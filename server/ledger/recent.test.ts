import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callEnd, stageTimes } from '../../test/support/call-end.ts';
import { Recent } from './recent.ts';
import { Slowest } from './slowest.ts';

const minute = 60_000;

test('recent: the last minutes are told and older ones are forgotten', () => {
  const recent = new Recent();
  for (let i = 0; i < 99; i++) recent.succeeded(stageTimes(1e6), 10);
  recent.succeeded(stageTimes(100e6), 2 * minute);
  recent.failed(2 * minute);
  const view = recent.view(4 * minute);
  assert.deepEqual([view.requests, view.failures], [100, 1]);
  assert.ok(Math.abs((view.p50 ?? 0) / 1e-3 - 1) < 0.1);
  assert.ok((view.p99 ?? 1) < 2e-3);
  const mean = (99 * 1e-3 + 0.1) / 100;
  assert.ok(Math.abs(Object.values(view.stages).reduce((a, b) => a + b) / mean - 1) < 1e-9);
  assert.ok(Math.abs(view.stages.compute / mean - 0.5) < 1e-9);
  const later = recent.view(5 * minute);
  assert.equal(later.requests, 1);
  assert.ok(Math.abs((later.p50 ?? 0) / 0.1 - 1) < 0.1);
  assert.deepEqual([recent.view(60 * minute).requests, recent.view(60 * minute).p50], [0, undefined]);
});

test('slowest: the slowest of each minute, and each is told once when its minute is over', () => {
  const slowest = new Slowest();
  for (let i = 1; i <= 50; i++)
    slowest.offer(callEnd({ servable: 'm', totalNs: ((i * 37) % 50) * 1e6, endedAt: 1000 + i }));
  assert.deepEqual(slowest.take(30_000, 3), []);
  slowest.offer(callEnd({ servable: 'm', totalNs: 5e6, endedAt: minute + 1, requestId: 'x'.repeat(5000) }));
  const ms = (calls: readonly { readonly totalNs: number }[]): readonly number[] =>
    calls.map(({ totalNs }) => totalNs / 1e6);
  assert.deepEqual(ms(slowest.view(minute + 2)), [49, 48, 47, 46, 45, 44, 43, 42, 5]);
  assert.deepEqual(ms(slowest.take(minute + 2, 3)), [49, 48, 47]);
  assert.deepEqual(slowest.take(minute + 3, 3), []);
  assert.deepEqual(ms(slowest.take(2 * minute, 3)), [5]);
  assert.equal(slowest.view(minute * 2)[8]?.requestId.length, 100);
  assert.deepEqual(ms(slowest.view(5 * minute)), [5]);
  assert.deepEqual(slowest.view(50 * minute), []);
  assert.deepEqual(slowest.take(50 * minute, 3), []);
});
