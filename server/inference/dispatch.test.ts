import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runExchange } from '../../test/support/exchange.ts';
import { FakeDirectory, type FakeVersion, type FakeVersionOptions } from '../../test/support/fake-directory.ts';
import { elapsed, until } from '../../test/support/until.ts';
import { type ErrorCode, ServingError } from '../errors.ts';
import { QueueTimeouts } from '../model/queue-timeouts.ts';
import { FakeAddon } from '../native/fake.ts';
import { doublingModel } from '../native/fake-file.ts';
import type { FakeModel } from '../native/fake-model.ts';
import { Admission } from './admission.ts';
import { EXPIRED } from './deadline.ts';
import { Dispatcher } from './dispatch.ts';
import type { Exchange } from './exchange.ts';
import type { Cancellation, InferReply, InferRequest } from './request.ts';

type Infer = <T>(request: InferRequest, encode: (reply: InferReply) => T, place?: Exchange['place']) => Promise<T>;

function setUp(maxRequests = 100): {
  models: FakeDirectory;
  admission: Admission;
  infer: Infer;
  failures: string[];
} {
  const addon = new FakeAddon();
  const models = new FakeDirectory(addon);
  const admission = new Admission(maxRequests);
  const failures: string[] = [];
  const dispatcher = new Dispatcher(models, admission, addon);
  const infer: Infer = (request, encode, place) =>
    runExchange(dispatcher, request, encode, {
      ...(place === undefined ? {} : { place }),
      failed: ({ code }, { account }) => failures.push(`${code} ${request.model} ${account.model?.version ?? '-'}`),
    });
  return { models, admission, infer, failures };
}

function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function ask(
  model: string,
  values: readonly number[],
  shape: readonly number[],
  more: Partial<InferRequest> = {},
): InferRequest {
  return {
    model,
    version: '',
    id: 'i',
    inputs: [{ name: 'x', dtype: 'FP32', shape, bytes: floats(...values) }],
    outputs: undefined,
    timeoutUs: 0,
    priority: 0,
    cancellation: undefined,
    ...more,
  };
}

/** A model whose first request is being computed, and is until `release` is called; what comes after it waits in the queue. */
async function setUpBusy(
  options: FakeVersionOptions = {},
): Promise<
  ReturnType<typeof setUp> & { model: FakeVersion; running: Switch; first: Promise<InferReply>; release: () => void }
> {
  const parts = setUp();
  const model = await parts.models.add('m', doublingModel([1]), options);
  const native = model.native as FakeModel;
  native.held = true;
  const running = new Switch();
  const first = parts.infer(ask('m', [1], [1], { cancellation: running }), same);
  await until(() => native.queueDepth() === 0, 'the first request to be computed');
  const release = (): void => {
    native.held = false;
  };
  return { ...parts, model, running, first, release };
}

const same = (reply: InferReply): InferReply => reply;
const valuesOf = (reply: InferReply): number[] => [
  ...new Float32Array(Uint8Array.from(reply.outputs[0]?.bytes ?? []).buffer),
];
const codeOf =
  (expected: ErrorCode) =>
  (caught: unknown): boolean =>
    caught instanceof ServingError && caught.code === expected;

class Switch implements Cancellation {
  cancelled = false;
  #listener: (() => void) | undefined;

  onCancelled(listener: (() => void) | undefined): void {
    this.#listener = listener;
  }

  throw(): void {
    this.cancelled = true;
    this.#listener?.();
  }
}

function assertQuiet(version: FakeVersion, admission: Admission): void {
  assert.equal(version.leases, 0, 'a lease was not returned');
  assert.equal(version.metrics.inFlightNow, 0, 'the in-flight count did not return to 0');
  assert.equal(admission.requests, 0, 'a place was not given back');
}

test('dispatch: an answer, with placed and with allocated outputs', async () => {
  const { models, infer, admission } = setUp();
  const model = await models.add('m', doublingModel([-1, 2]), { maxBatch: 4 });
  const view = new Uint8Array(8);
  const placed = await infer(ask('m', [1, 2], [1, 2]), same, (served, specs) => {
    assert.deepEqual([served.version, specs[0]?.byteLength], ['1', 8]);
    return [view];
  });
  assert.deepEqual(valuesOf(placed), [2, 4]);
  assert.equal(placed.outputs[0]?.bytes, view);
  const allocated = await infer(ask('m', [3, 4], [1, 2]), same);
  assert.deepEqual(valuesOf(allocated), [6, 8]);
  assertQuiet(model, admission);
});

test('dispatch: a size that depends on the data comes with the completion', async () => {
  const { models, infer } = setUp();
  await models.add('m', { ...doublingModel([-1]), batched: false, compute: 'nonzero' });
  const reply = await infer(ask('m', [0, 5, 0, 7], [4]), same, () => assert.fail('sizes are not known'));
  assert.deepEqual(reply.outputs[0]?.shape, [2]);
  assert.deepEqual(valuesOf(reply), [5, 7]);
});

test('dispatch: a subset of outputs in another order', async () => {
  const { models, infer } = setUp();
  const spec = (name: string): { name: string; dtype: 'FP32'; shape: number[] } => ({
    name,
    dtype: 'FP32',
    shape: [1],
  });
  await models.add('m', {
    inputs: [spec('p'), spec('q'), spec('r')],
    outputs: [spec('a'), spec('b'), spec('c')],
    batched: false,
    compute: 'copy',
  });
  const inputs = ['p', 'q', 'r'].map((name, index) => ({
    name,
    dtype: 'FP32' as const,
    shape: [1],
    bytes: floats(index),
  }));
  const reply = await infer(ask('m', [], [], { inputs, outputs: ['c', 'a'] }), same);
  assert.deepEqual(
    reply.outputs.map((output) => [output.name, new Float32Array(Uint8Array.from(output.bytes).buffer)[0]]),
    [
      ['c', 2],
      ['a', 0],
    ],
  );
});

test('dispatch: stages add up to the total, and statistics to the requests', async () => {
  const { models, infer } = setUp();
  const model = await models.add('m', doublingModel([-1, 2], { computeMs: 5 }), { maxBatch: 8 });
  const requests = Array.from({ length: 12 }, (_, index) => infer(ask('m', [index, 1], [1, 2]), same));
  await Promise.all(requests);
  for (const { code, times } of model.metrics.observed) {
    assert.equal(code, 'OK');
    const { totalNs, computeNs, device: _device, chain: _chain, ...stages } = times;
    assert.equal(
      Object.values(stages).reduce((sum, ns) => sum + ns, computeNs),
      totalNs,
    );
    assert.ok(computeNs > 3e6, `compute of ${computeNs} ns, the model takes 5 ms`);
  }
  const s = model.statistics;
  assert.deepEqual([s.inferenceCount, s.successCount, s.queueCount, s.failCount], [12, 12, 12, 0]);
  assert.ok(s.executionCount < 12 && s.executionCount >= 2, `${s.executionCount} executions`);
  assert.equal(
    s.successNs,
    model.metrics.observed.reduce((sum, { times }) => sum + times.totalNs, 0),
  );
  assert.equal(
    [...s.batches].reduce((sum, [rows, { count }]) => sum + rows * count, 0),
    12,
  );
  assert.equal(
    [...s.batches.values()].reduce((sum, { count }) => sum + count, 0),
    s.executionCount,
  );
  assert.deepEqual(
    model.metrics.batches.reduce((sum, rows) => sum + rows, 0),
    12,
  );
});

test('dispatch: failures are counted, told and leave nothing behind', async () => {
  const { models, infer, admission, failures } = setUp();
  const model = await models.add('m', doublingModel([1], { compute: 'fail' }));
  await assert.rejects(infer(ask('m', [1], [1]), same), codeOf('ENGINE_FAILED'));
  await assert.rejects(infer(ask('m', [1, 2], [2]), same), codeOf('INVALID_ARGUMENT'));
  await assert.rejects(infer(ask('nobody', [1], [1]), same), codeOf('NOT_FOUND'));
  await assert.rejects(infer(ask('m', [1], [1], { timeoutUs: EXPIRED }), same), codeOf('DEADLINE_EXCEEDED'));
  assert.deepEqual(failures, [
    'ENGINE_FAILED m 1',
    'INVALID_ARGUMENT m 1',
    'NOT_FOUND nobody -',
    'DEADLINE_EXCEEDED m 1',
  ]);
  assert.deepEqual(
    model.metrics.observed.map(({ code }) => code),
    ['ENGINE_FAILED', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED'],
  );
  assert.equal(model.statistics.failCount, 3);
  assertQuiet(model, admission);
});

test('dispatch: a failure of the encoder fails that request alone', async () => {
  const { models, infer, admission } = setUp();
  const model = await models.add('m', doublingModel([1]));
  const broken = infer(ask('m', [1], [1]), () => {
    throw new ServingError('TOO_LARGE', 'too large');
  });
  const fine = infer(ask('m', [1], [1]), same);
  await assert.rejects(broken, codeOf('TOO_LARGE'));
  assert.deepEqual(valuesOf(await fine), [2]);
  assert.deepEqual(
    model.metrics.observed.map(({ code }) => code),
    ['TOO_LARGE', 'OK'],
  );
  assertQuiet(model, admission);
});

test('dispatch: limits and the drain gate', async () => {
  const { models, infer, admission } = setUp(2);
  const model = await models.add('m', doublingModel([1], { computeMs: 20 }));
  const running = [infer(ask('m', [1], [1]), same), infer(ask('m', [2], [1]), same)];
  await assert.rejects(infer(ask('m', [3], [1]), same), codeOf('OVERLOADED'));
  admission.close();
  let idle = false;
  const drained = admission.idle().then(() => {
    idle = true;
  });
  await assert.rejects(infer(ask('m', [3], [1]), same), codeOf('NOT_READY'));
  assert.equal(idle, false);
  await Promise.all(running);
  await drained;
  assertQuiet(model, admission);
});

test('dispatch: a full queue refuses', async () => {
  const { models, infer, admission } = setUp();
  const model = await models.add('m', doublingModel([1], { computeMs: 20 }), { maxQueue: 1 });
  const first = infer(ask('m', [1], [1]), same);
  await assert.rejects(infer(ask('m', [1], [1]), same), codeOf('OVERLOADED'));
  await first;
  assertQuiet(model, admission);
});

test('dispatch: a full queue refuses before memory for the reply is taken, and asks nobody about what does not come to it', async () => {
  const { models, infer, failures, admission } = setUp();
  const model = await models.add('m', doublingModel([-1]), { maxBatch: 4 });
  const full = new ServingError('OVERLOADED', 'the queue of m/1 is full');
  let asked = 0;
  const version = Object.assign(model, {
    refusal: () => {
      asked += 1;
      return full;
    },
  });
  const placed: number[] = [];
  const place = (): [null] => {
    placed.push(1);
    return [null];
  };
  const refused = infer(ask('m', [1], [1]), same, place);
  await assert.rejects(refused, (caught) => caught === full);
  assert.deepEqual([asked, placed, failures], [1, [], ['OVERLOADED m 1']]);
  assert.equal((await infer(ask('m', [], [0]), same)).outputs.length, 1);
  await infer(ask('m', [1, 2, 3, 4, 5], [5]), same).catch(() => undefined);
  assert.equal(asked, 1, 'zero rows, or more than a batch, are for native code');
  assertQuiet(version, admission);
});

test('dispatch: where the configuration says so, requests wait for room in the full queue, in order, and count once', async () => {
  const { model, admission, infer, failures, first, release } = await setUpBusy({ maxQueue: 1, delay: {} });
  const order: number[] = [];
  const placed: number[] = [];
  const asked = (value: number, priority = 0): Promise<InferReply> =>
    infer(
      ask('m', [value], [1], { priority }),
      (reply) => {
        order.push(value);
        return reply;
      },
      () => {
        placed.push(value);
        return [null];
      },
    );
  const queued = asked(2);
  const delayed = [asked(3), asked(4), asked(5, 1), asked(6)];
  assert.deepEqual([model.lines?.size, model.native.queueDepth(), placed], [4, 1, [2]]);
  assert.equal(model.metrics.inFlightNow, 6);
  release();
  await Promise.all([first, queued, ...delayed]);
  assert.deepEqual(order, [2, 5, 3, 4, 6]);
  assert.deepEqual([failures, model.lines?.size], [[], 0]);
  const last = (await delayed[3])?.times(performance.now());
  assert.ok(last !== undefined && last.queueNs > 0.5 * last.totalNs, 'the wait for room is queue time');
  assertQuiet(model, admission);
});

test('dispatch: the wait for room ends with the time for it, the deadline, the caller, or where too many wait', async () => {
  const waits = new QueueTimeouts(60_000, ['7=1ms']);
  const { model, admission, infer, failures, first, release } = await setUpBusy({
    maxQueue: 1,
    delay: { most: 2, waits },
  });
  const queued = infer(ask('m', [2], [1]), same);
  await assert.rejects(infer(ask('m', [3], [1], { priority: 7 }), same), {
    code: 'OVERLOADED',
    message: 'the queue of m/1 had no room within 1 ms (batching.delay)',
  });
  await assert.rejects(infer(ask('m', [3], [1], { timeoutUs: 1000 }), same), codeOf('DEADLINE_EXCEEDED'));
  const gone = new Switch();
  const leaving = infer(ask('m', [4], [1], { cancellation: gone }), same);
  const staying = infer(ask('m', [5], [1]), same);
  await assert.rejects(infer(ask('m', [6], [1]), same), {
    code: 'OVERLOADED',
    message:
      'the queue of m/1 is full: 1 requests wait (batching.max_queue), and 2 more for room (batching.max_delayed)',
  });
  gone.throw();
  await assert.rejects(leaving, codeOf('CANCELLED'));
  assert.equal(model.lines?.size, 1);
  release();
  assert.deepEqual([await first, await queued, await staying].map(valuesOf), [[2], [4], [10]]);
  assert.equal(failures.length, 4);
  assertQuiet(model, admission);
});

test('dispatch: closing a model answers those that wait for room in its queue', async () => {
  const { model, admission, infer, first, release } = await setUpBusy({ maxQueue: 1, delay: {} });
  const waiting = [2, 3, 4].map((value) => infer(ask('m', [value], [1]), same));
  const closed = model.native.close();
  for (const one of waiting) await assert.rejects(one, codeOf('NOT_READY'));
  release();
  await Promise.all([first, closed]);
  assertQuiet(model, admission);
});

test('dispatch: a caller that goes away frees its place in the queue; one that is computed is answered once', async () => {
  const { infer, admission, model, running, first, release } = await setUpBusy();
  const [waiting, gone] = [new Switch(), new Switch()];
  const second = infer(ask('m', [2], [1], { cancellation: waiting }), same);
  running.throw();
  waiting.throw();
  gone.throw();
  await assert.rejects(second, codeOf('CANCELLED'));
  release();
  assert.deepEqual(valuesOf(await first), [2]);
  await assert.rejects(infer(ask('m', [2], [1], { cancellation: gone }), same), codeOf('CANCELLED'));
  assertQuiet(model, admission);
});

test('dispatch: a request that expires in the queue is not computed', async () => {
  const { infer, model, first, release } = await setUpBusy();
  const second = infer(ask('m', [1], [1], { timeoutUs: 1000 }), same);
  await elapsed(2);
  release();
  await assert.rejects(second, codeOf('DEADLINE_EXCEEDED'));
  await first;
  assert.equal(model.statistics.executionCount, 1);
});

test('dispatch: a cancellation by the timer of the deadline counts as the deadline', async () => {
  const { infer, model, first, release } = await setUpBusy();
  const [late, early] = [new Switch(), new Switch()];
  const timedOut = infer(ask('m', [1], [1], { timeoutUs: 20_000, cancellation: late }), same);
  const gone = infer(ask('m', [1], [1], { timeoutUs: 1e9, cancellation: early }), same);
  await elapsed(20);
  for (const caller of [late, early]) caller.throw();
  await assert.rejects(timedOut, codeOf('DEADLINE_EXCEEDED'));
  await assert.rejects(gone, codeOf('CANCELLED'));
  release();
  await first;
  assert.deepEqual(
    model.metrics.observed.map(({ code }) => code),
    ['DEADLINE_EXCEEDED', 'CANCELLED', 'OK'],
  );
});

test('dispatch: closing a model answers what waits', async () => {
  const { infer, admission, model, first, release } = await setUpBusy();
  const second = infer(ask('m', [1], [1]), same);
  const closing = model.native.close();
  await assert.rejects(second, codeOf('NOT_READY'));
  release();
  await first;
  await closing;
  assertQuiet(model, admission);
});

test('dispatch: the table of batch sizes does not grow with what callers choose', async () => {
  const { models, infer } = setUp();
  const model = await models.add('m', doublingModel([-1]));
  for (let rows = 1; rows <= 300; rows++) await infer(ask('m', new Array<number>(rows).fill(1), [rows]), same);
  assert.equal(model.statistics.batches.size, 256);
  assert.equal(model.statistics.executionCount, 300);
});
