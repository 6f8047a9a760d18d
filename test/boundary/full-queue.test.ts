// What the server says itself of a full queue is what native code says of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyStatistics } from '../../server/ledger/statistics.ts';
import { QueueTimeouts } from '../../server/model/queue-timeouts.ts';
import { ServedVersion } from '../../server/model/served-version.ts';
import { digitsOptions, openSession, submitImage } from './addon-session.ts';

const session = openSession();
const nothing = (): void => {};

test('full queue: the server refuses when native code would, in the same words, and no longer', async () => {
  // Both wait for company that does not come.
  const options = digitsOptions({ maxQueue: 2, maxQueueDelayUs: 60_000_000 });
  const native = await session.addon.load(options);
  const metrics = { statistics: emptyStatistics(), executed: nothing, inFlight: nothing };
  const version = new ServedVersion('digits', '1', native, metrics, options, {
    signature: native.signature,
    loadMs: 0,
    readyAt: 0,
    methods: [],
    batchDim: true,
    responses: undefined,
    queueTimeouts: new QueueTimeouts(0, []),
    lines: undefined,
    calibration: undefined,
  });
  const tickets = [submitImage(native)];
  assert.equal(version.refusal(), undefined);
  tickets.push(submitImage(native));
  const refusal = version.refusal();
  assert.equal(refusal?.code, 'OVERLOADED');
  assert.throws(() => submitImage(native), { code: 'OVERLOADED', message: refusal?.message });
  assert.equal(version.refusal(), refusal, 'it is made once');
  for (const ticket of tickets) assert.ok(native.cancel(ticket));
  await Promise.all(tickets.map((ticket) => session.outcome(ticket)));
  assert.equal(version.refusal(), undefined);
  await native.close();
});
