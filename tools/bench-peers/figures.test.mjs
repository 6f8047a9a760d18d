import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disturbed, floor, geometricMean, rates, windowFigures } from './figures.mjs';
import { madeCell, madeResult, madeWindow } from './made-up.mjs';

const near = (got, want) => assert.ok(Math.abs(got - want) < 1e-9, `${got}, want ${want}`);

test('a window: medians, and what others and sleeping sides used of all cores', () => {
  const found = windowFigures({ ms: [3, 1, 2], own: 1, idle: 0.2, busy: 1.6, stolen: 0.1, wall: 1, cores: 2 });
  assert.deepEqual([found.n, found.ms, found.mean, 'compute' in found], [3, 2, 2, false]);
  near(found.foreign, 0.2);
  near(found.idle, 0.1);
  near(found.stolen, 0.05);
  // Ticks of the processors are coarser than the times of processes.
  assert.equal(windowFigures({ ms: [1], own: 1, idle: 0, busy: 0.99, stolen: 0, wall: 1, cores: 1 }).foreign, 0);
});

test('the ratio is to the better peer, within rounds', () => {
  const cell = madeCell('lenet5', 1, [1, 4, 2]);
  assert.equal(cell.ratio.peer, 'openvino');
  near(cell.ratio.median, 0.5);
  // The second round is slower for all, which is no spread of the ratio.
  near(cell.ratio.max, 0.5);
  assert.equal(madeCell('lenet5', 1, [1, 2, 4]).ratio.peer, 'onnxruntime');
});

test('as served: compute time of requests beside means of peers with the same pauses', () => {
  const cell = madeCell('lenet5', 1, [1, 4, 2]);
  near(cell.sides.served.median, 1.2 * 1.05);
  near(cell.served.median, 1.2 / 2.8);
  near(cell.wire, 3 * 1.05);
  assert.equal(cell.served.peer, 'openvino');
});

test('a quiet cell counts; others, sleepers that spin and rounds that differ are told with the side', () => {
  assert.deepEqual(madeCell('lenet5', 1, [1, 2, 2]).noise, []);
  const noisy = (noise) => disturbed(madeResult([madeCell('lenet5', 2, [1, 2, 2], { noise })]));
  assert.deepEqual(noisy({ foreign: 0.2 }), ['lenet5, 2 threads, engine: others on the cores: up to 20 %, limit 5 %']);
  assert.match(noisy({ idle: 0.5 })[0], /engine: sides that were to sleep used: up to 50 %, limit 5 %/);
  assert.match(noisy({ stolen: 0.03 })[0], /time taken by the host/);
  assert.equal(madeWindow(1).foreign, 0.01);
});

test('rates are of the nearer peak, the floor of the farther', () => {
  const peaks = { gflops: 100, gbytes: 10 };
  const arithmetic = { operations: 1e9, bytes: 1e6 };
  near(rates(arithmetic, 20, peaks).gflops, 50);
  near(rates(arithmetic, 20, peaks).share, 0.5);
  near(floor(arithmetic, peaks), 10);
  near(rates({ operations: 1e9, bytes: 1e9 }, 20, peaks).share, 0.5);
  const memory = { operations: 1e6, bytes: 1e8 };
  near(rates(memory, 20, peaks).gbytes, 5);
  near(rates(memory, 20, peaks).share, 0.5);
  near(floor(memory, peaks), 10);
});

test('geometric mean', () => {
  near(geometricMean([2, 8]), 4);
  assert.equal(geometricMean([]), undefined);
});
