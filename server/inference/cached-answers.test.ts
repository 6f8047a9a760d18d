// Answers from the cache of a version, and waits that its configuration ends, through the dispatcher.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runExchange } from '../../test/support/exchange.ts';
import { FakeDirectory } from '../../test/support/fake-directory.ts';
import { elapsed, until } from '../../test/support/until.ts';
import { QueueTimeouts } from '../model/queue-timeouts.ts';
import { ResponseCache } from '../model/response-cache.ts';
import { FakeAddon } from '../native/fake.ts';
import { doublingModel } from '../native/fake-file.ts';
import type { FakeModel } from '../native/fake-model.ts';
import { Admission } from './admission.ts';
import { Dispatcher } from './dispatch.ts';
import type { InferReply, InferRequest } from './request.ts';

const addon = new FakeAddon();
const models = new FakeDirectory(addon);
const admission = new Admission(100);
const dispatcher = new Dispatcher(models, admission, addon);

function ask(model: string, values: readonly number[], more: Partial<InferRequest> = {}): InferRequest {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return {
    model,
    version: '',
    id: 'i',
    inputs: [{ name: 'x', dtype: 'FP32', shape: [values.length], bytes }],
    outputs: undefined,
    timeoutUs: 0,
    priority: 0,
    cancellation: undefined,
    ...more,
  };
}

const numbers = ({ outputs }: InferReply): readonly number[] => [
  ...new Float32Array(Uint8Array.from(outputs[0]?.bytes ?? []).buffer),
];

test('cached answers: the same bytes are computed once, other bytes, shapes and failures are not taken for them', async () => {
  const version = await models.add('kept', doublingModel([-1]), { responses: new ResponseCache(100_000) });
  const run = (request: InferRequest): Promise<readonly number[]> => runExchange(dispatcher, request, numbers);
  assert.deepEqual(await run(ask('kept', [1, 2])), [2, 4]);
  assert.deepEqual(await run(ask('kept', [1, 2])), [2, 4]);
  assert.deepEqual(await run(ask('kept', [1, 3])), [2, 6]);
  assert.deepEqual(await run(ask('kept', [1])), [2]);
  const { statistics } = version;
  assert.deepEqual([statistics.cacheHits, statistics.cacheMisses, statistics.executionCount], [1, 3, 3]);
  assert.deepEqual([statistics.successCount, statistics.inferenceCount], [4, 7], 'every request is counted');
  const place = new Uint8Array(8);
  const placed = await runExchange(dispatcher, ask('kept', [1, 2]), (reply) => reply.outputs[0]?.bytes, {
    place: () => [place],
  });
  assert.equal(placed, place, 'it is written where the reply wants it');
  assert.deepEqual([...new Float32Array(place.buffer)], [2, 4]);
  assert.deepEqual([admission.requests, version.leases, version.metrics.inFlightNow], [0, 0, 0]);
  const broken = await models.add('broken', doublingModel([1], { compute: 'fail' }), {
    responses: new ResponseCache(100_000),
  });
  for (let i = 0; i < 2; i++) await assert.rejects(run(ask('broken', [1])));
  assert.equal(broken.statistics.cacheHits, 0);
});

test('queue timeouts: a wait ends by the priority of the request, whatever deadline it brings', async () => {
  const timeouts = new QueueTimeouts(null, ['1=30ms', '2=1h']);
  assert.deepEqual(
    [timeouts.shorten(1, 0), timeouts.shorten(1, 5), timeouts.shorten(2, 7), timeouts.shorten(0, 0)],
    [30_000, 5, 7, 0],
  );
  assert.equal(new QueueTimeouts(20, []).shorten(3, 0), 20_000);
  const { native } = await models.add('slow', doublingModel([1]), { queueTimeouts: timeouts });
  const model = native as FakeModel;
  model.held = true;
  const run = (priority: number): Promise<InferReply> =>
    runExchange(dispatcher, ask('slow', [1], { priority }), (reply) => reply);
  const first = run(0);
  await until(() => model.queueDepth() === 0, 'the first is computed');
  const patient = run(2);
  const hasty = run(1);
  hasty.catch(() => undefined);
  // A fake model looks at deadlines when it takes the next request.
  await elapsed(35);
  model.held = false;
  await assert.rejects(hasty, { code: 'DEADLINE_EXCEEDED' });
  await Promise.all([first, patient]);
});
