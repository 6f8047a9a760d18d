import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueTimeouts } from './queue-timeouts.ts';
import { type LineSettings, SecondLines } from './second-line.ts';

const settings: LineSettings = { label: 'm/1', queue: 1, most: 10, waits: new QueueTimeouts(60_000, []) };

/** The order in which requests of these priorities are begun, that come one after the other at once. */
function orderOf(headStartMs: number, priorities: readonly number[]): number[] {
  let queued = 1;
  const begun: number[] = [];
  const lines = new SecondLines(settings);
  const line = lines.of({ id: 1, headStartMs, queueDepth: () => queued });
  priorities.forEach((priority, place) => {
    const start = (): void => void begun.push(place);
    line.add(priority, 0, { start, refuse: (error) => assert.fail(error.message) });
  });
  assert.equal(lines.size, priorities.length);
  queued = 0;
  line.advance();
  assert.equal(lines.size, 0);
  return begun;
}

test('second line: requests go ahead of others by as much as in the queue they wait for', () => {
  const priorities = [0, 9, 2, 1];
  assert.deepEqual(orderOf(60_000, priorities), [3, 2, 1, 0]);
  assert.deepEqual(orderOf(0, priorities), [0, 1, 2, 3]);
});
