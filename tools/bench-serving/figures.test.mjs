import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noise, summary, windowFigures } from './figures.mjs';

const quiet = { p50: 1, foreign: 0.01, client_foreign: 0.02, stolen: 0 };

test('a window: rate, processor time a call, what others used of the cores', () => {
  const cores = { server: { busy: 0.9, stolen: 0 }, client: { busy: 0.5, stolen: 0.1 } };
  const window = windowFigures({ ms: [2, 1, 3, 2], wall: 2, serverCpu: 0.8, clientCpu: 0.6, ...cores });
  assert.equal(window.rate, 2);
  assert.equal(window.cpu_ms, 200);
  assert.equal(window.mean, 2);
  assert.ok(Math.abs(window.foreign - 0.05) < 1e-9);
  assert.equal(window.client_foreign, 0);
  assert.equal(window.stolen, 0.05);
});

test('percentiles of a cell are those of all its latencies', () => {
  const cell = summary([quiet, quiet], [Float32Array.of(1, 2), Float32Array.of(3, 100)]);
  assert.equal(cell.n, 4);
  assert.equal(cell.pooled.p99, 100);
  assert.equal(cell.pooled.p50, 2);
});

test('a quiet cell counts, one disturbed window of four is forgiven', () => {
  assert.deepEqual(noise([quiet, quiet, quiet, { ...quiet, foreign: 0.5 }]), []);
});

test('others on a core, time taken by the host and rounds that differ are told', () => {
  assert.match(noise([quiet, { ...quiet, foreign: 0.5 }])[0], /server's core: up to 50 %, limit 5 %/);
  assert.match(noise([quiet, { ...quiet, client_foreign: 0.2 }])[0], /client's core/);
  assert.match(noise([quiet, { ...quiet, stolen: 0.03 }])[0], /host/);
  assert.match(noise([quiet, { ...quiet, p50: 1.3 }])[0], /differ by 30 %/);
});

test('an open loop whose client sends late is told', () => {
  assert.deepEqual(noise([{ ...quiet, p99: 4, late_p99: 1 }]), []);
  assert.match(noise([{ ...quiet, p99: 4, late_p99: 3 }])[0], /sent late: up to 3.0 ms/);
});
