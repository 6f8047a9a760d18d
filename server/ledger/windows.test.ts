import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Budget, burnRate, judge } from './budget.ts';
import { burnWindows, Ring, Windows } from './windows.ts';

interface Event {
  readonly at: number;
  readonly good: boolean;
}

/** Events in the order of their times, up to about ten days. */
const history = fc
  .array(
    fc.record({
      step: fc.oneof(fc.nat(1000), fc.nat(20_000), fc.nat(4_000_000), fc.nat(90_000_000)),
      good: fc.boolean(),
    }),
    {
      maxLength: 60,
    },
  )
  .map((steps) => {
    let at = 0;
    return steps.map(({ step, good }): Event => {
      at += step;
      return { at, good };
    });
  });

/** What a ring must tell: the events of the bucket of `now` and of the span/width - 1 before it. */
function expected(events: readonly Event[], now: number, span: number, width: number): { good: number; bad: number } {
  const newest = Math.floor(now / width);
  const first = newest - Math.round(span / width) + 1;
  const inside = events.filter(({ at }) => Math.floor(at / width) >= first && Math.floor(at / width) <= newest);
  return { good: inside.filter(({ good }) => good).length, bad: inside.filter(({ good }) => !good).length };
}

test('windows: a ring tells the events of its newest buckets, whatever the gaps between them', () => {
  fc.assert(
    fc.property(
      history,
      fc.nat(100_000_000),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      (events, later, size, part) => {
        const ring = new Ring(10_000, size);
        for (const { at, good } of events) ring.add(at, good);
        const now = (events.at(-1)?.at ?? 0) + later;
        const span = 10_000 * Math.min(part, size);
        assert.deepEqual(ring.read(now, span), expected(events, now, span, 10_000));
      },
    ),
  );
});

test('windows: every window tells its events to a bucket of at most 5 % of its length', () => {
  fc.assert(
    fc.property(history, (events) => {
      const windows = new Windows(30 * 86_400_000);
      for (const { at, good } of events) windows.add(at, good);
      const now = events.at(-1)?.at ?? 0;
      for (const span of Object.values(burnWindows)) {
        const { good, bad } = windows.read(now, span);
        const count = (from: number): number => events.filter(({ at }) => at > from).length;
        assert.ok(good + bad <= count(now - span - 1), `${span}: too many`);
        assert.ok(good + bad >= count(now - span * 0.95), `${span}: too few`);
      }
      const whole = windows.whole(now);
      assert.equal(whole.good + whole.bad, events.length);
    }),
  );
});

test('windows: a time that goes back counts in the newest bucket', () => {
  const ring = new Ring(1000, 5);
  ring.add(10_000, true);
  ring.add(9000, false);
  assert.deepEqual(ring.read(10_500, 1000), { good: 1, bad: 1 });
});

test('budget: the rate of burning is the bad share over the share allowed', () => {
  fc.assert(
    fc.property(
      fc.nat(1000),
      fc.nat(1000),
      fc.double({ min: 0.5, max: 0.999, noNaN: true }),
      (good, bad, objective) => {
        const rate = burnRate({ good, bad }, objective);
        if (bad === 0) assert.equal(rate, 0);
        else assert.ok(Math.abs(rate * (1 - objective) * (good + bad) - bad) < 1e-6 * (bad + 1));
      },
    ),
  );
});

test('budget: what is good, bad, or says nothing', () => {
  const ms = 1e6;
  assert.equal(judge('OK', 10 * ms, 10 * ms), true);
  assert.equal(judge('OK', 10 * ms + 1, 10 * ms), false);
  for (const code of ['OVERLOADED', 'NOT_READY', 'DEADLINE_EXCEEDED', 'ENGINE_FAILED', 'INTERNAL', 'UNHEARD_OF'])
    assert.equal(judge(code, ms, 10 * ms), false, code);
  for (const code of ['INVALID_ARGUMENT', 'NOT_FOUND', 'TOO_LARGE'])
    assert.equal(judge(code, ms, 10 * ms), undefined, code);
  assert.equal(judge('CANCELLED', ms, 10 * ms), undefined);
  assert.equal(judge('CANCELLED', 11 * ms, 10 * ms), false);
});

test('budget: what remains is of the whole window, and a changed latency keeps it', () => {
  const budget = new Budget();
  const slo = { latency: 10, objective: 0.9, window: 86_400_000 };
  budget.count('OK', 1, 0);
  assert.equal(budget.view(0), undefined);
  budget.set(slo, 0);
  for (let i = 0; i < 95; i++) budget.count('OK', 1e6, 1000);
  for (let i = 0; i < 5; i++) budget.count('OK', 50e6, 1000);
  assert.ok(Math.abs((budget.view(1000)?.remaining ?? 0) - 0.5) < 1e-9);
  budget.set({ ...slo, latency: 100 }, 2000);
  assert.equal(budget.view(2000)?.bad, 5);
  const later = budget.view(40 * 60_000);
  assert.equal(later?.burn['30m'], 0);
  assert.ok(Math.abs((later?.burn['1h'] ?? 0) - 0.5) < 1e-9);
  assert.equal(later?.observed, 40 * 60_000);
  budget.set({ ...slo, window: 3_600_000 }, 41 * 60_000);
  assert.deepEqual([budget.view(41 * 60_000)?.bad, budget.bad], [0, 5]);
  assert.equal(budget.view(2 * 86_400_000)?.remaining, 1);
});
