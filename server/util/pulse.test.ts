import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Pulse } from './pulse.ts';

/** A pulse under a clock that the test turns, with the share of time the event loop is said to have worked. */
function fixture(): {
  readonly beats: number[];
  readonly state: { share: number; busy: boolean };
  readonly pulse: Pulse;
} {
  mock.timers.enable({ apis: ['setTimeout'] });
  const state = { share: 0, busy: false };
  const read = mock.method(performance, 'eventLoopUtilization', () => ({
    idle: 0,
    active: 0,
    utilization: state.share,
  }));
  assert.ok(read);
  const beats: number[] = [];
  const pulse = new Pulse({ beat: (nextMs) => beats.push(nextMs), isBusy: () => state.busy });
  return { beats, state, pulse };
}

test('pulse: it beats often while the event loop works or there is other work, and seldom else', (t) => {
  t.after(() => mock.reset());
  const { beats, state, pulse } = fixture();
  state.share = 0.5;
  pulse.start();
  mock.timers.tick(100);
  assert.deepEqual(beats, [100]);
  state.share = 0;
  mock.timers.tick(100);
  assert.deepEqual(beats, [100, 1000]);
  mock.timers.tick(999);
  assert.equal(beats.length, 2);
  state.busy = true;
  mock.timers.tick(1);
  mock.timers.tick(100);
  assert.deepEqual(beats, [100, 1000, 100, 100]);
  pulse.stop();
  mock.timers.tick(10_000);
  assert.equal(beats.length, 4);
});
