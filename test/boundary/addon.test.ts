// The real addon through its boundary: typed errors, pinned memory, cancellation races, closing in any order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServingError } from '../../server/errors.ts';
import { projectPath } from '../../server/util/root.ts';
import { digitsOptions, openSession, residentBytes, submitImage } from './addon-session.ts';

const session = openSession();

test('addon: system information names the engines', () => {
  const info = session.addon.systemInfo();
  const names = info.engines.map((engine) => engine.name);
  assert.ok(names.includes('cpu') && names.includes('reference') && names.includes('tensorrt'));
  assert.ok(info.cpus >= 1 && info.threads >= 1 && info.quota > 0);
  assert.notEqual(info.isa, '');
});

test('addon: a request gives logits of the right shape and finite values', async () => {
  const model = await session.addon.load(digitsOptions());
  assert.deepEqual(model.signature.inputs, [{ name: 'image', dtype: 'FP32', shape: [-1, 1, 32, 32] }]);
  assert.equal(model.signature.batched, true);
  const outcome = await session.outcome(submitImage(model, 3));
  assert.equal(outcome.error, null);
  assert.deepEqual(outcome.shapes, [[3, 10]]);
  assert.ok(new Float32Array(outcome.buffers?.[0] as ArrayBuffer).every((value) => Number.isFinite(value)));
  await model.close();
});

test('addon: an output is written where the caller wants it, at an odd offset', async () => {
  const model = await session.addon.load(digitsOptions());
  const message = new Uint8Array(100).fill(0xee);
  const target = message.subarray(7, 47);
  const first = await session.outcome(model.submit([new Uint8Array(4096)], [[1, 1, 32, 32]], [target], 0, 0));
  assert.equal(first.error, null);
  assert.equal(first.buffers, null);
  const second = await session.outcome(submitImage(model));
  assert.deepEqual(new Uint8Array(second.buffers?.[0] as ArrayBuffer), target);
  assert.ok(
    message.subarray(0, 7).every((byte) => byte === 0xee) && message.subarray(47).every((byte) => byte === 0xee),
  );
  await model.close();
});

test('addon: a model tells how far its queue lets priorities go ahead', async () => {
  const model = await session.addon.load(digitsOptions());
  assert.ok(Number.isFinite(model.headStartMs) && model.headStartMs > 0, String(model.headStartMs));
  await model.close();
});

test('addon: contradictions are refused at submission with a typed error', async () => {
  const model = await session.addon.load(digitsOptions());
  const image = new Uint8Array(4096);
  const refused = (call: () => unknown, words: RegExp): void => {
    assert.throws(
      call,
      (error: unknown) =>
        (error as { code?: string }).code === 'INVALID_ARGUMENT' && words.test((error as Error).message),
    );
  };
  refused(() => model.submit([image], [[1, 3, 32, 32]], [null], 0, 0), /image.*\[1,3,32,32\]/);
  refused(() => model.submit([image.subarray(1)], [[1, 1, 32, 32]], [null], 0, 0), /4095 bytes/);
  refused(() => model.submit([image, image], [[1, 1, 32, 32]], [null], 0, 0), /inputs/);
  refused(() => model.submit([image], [[1, 1, 32, 2 ** 60]], [null], 0, 0), /dimension|shape/);
  refused(() => model.submit([image], [[1, 1, 32, 32]], [], 0, 0), /outputs/);
  refused(() => model.submit([[1] as unknown as Uint8Array], [[1, 1, 32, 32]], [null], 0, 0), /Uint8Array/);
  await model.close();
});

test('addon: a destination of the wrong size fails its own request only', async () => {
  const model = await session.addon.load(digitsOptions());
  const wrong = model.submit([new Uint8Array(4096)], [[1, 1, 32, 32]], [new Uint8Array(39)], 0, 0);
  const right = submitImage(model);
  assert.equal((await session.outcome(wrong)).error?.code, 'INTERNAL');
  assert.equal((await session.outcome(right)).error, null);
  await model.close();
});

test('addon: a load that fails rejects with a code and the place', async () => {
  await assert.rejects(session.addon.load(digitsOptions({ path: '/nowhere/model.mindir' })), (error: unknown) => {
    assert.ok(error instanceof ServingError);
    assert.equal(error.code, 'NOT_FOUND');
    assert.match(error.message, /^digits\/1: model\.mindir: /);
    return true;
  });
  await assert.rejects(session.addon.load(digitsOptions({ engines: ['warp'] })), { code: 'UNSUPPORTED' });
  await assert.rejects(session.addon.load({} as never), { code: 'INVALID_ARGUMENT' });
});

test('addon: every ticket completes exactly once through cancellations, deadlines and a close', async () => {
  const model = await session.addon.load(digitsOptions({ instances: 2 }));
  const tickets: number[] = [];
  for (let i = 0; i < 400; i += 1) {
    tickets.push(submitImage(model, 1 + (i % 4), i % 5 === 0 ? 200 : 0));
    if (i % 3 === 0) model.cancel(tickets[Math.floor(i / 2)] as number);
  }
  const closed = model.close();
  const outcomes = await Promise.all(tickets.map((ticket) => session.outcome(ticket)));
  await closed;
  const codes = new Set(outcomes.map((outcome) => outcome.error?.code ?? 'OK'));
  for (const code of codes) assert.ok(['OK', 'CANCELLED', 'DEADLINE_EXCEEDED', 'NOT_READY'].includes(code), code);
  for (const ticket of tickets) assert.equal(session.counts.get(ticket), 1);
  assert.throws(() => submitImage(model), { code: 'NOT_READY' });
});

test('addon: close is idempotent and models close in any order', async () => {
  const models = await Promise.all([1, 2, 3].map(() => session.addon.load(digitsOptions())));
  await Promise.all([models[1]?.close(), models[1]?.close(), models[0]?.close()]);
  const last = models[2];
  assert.ok(last);
  assert.equal((await session.outcome(submitImage(last))).error, null);
  await last.close();
  await last.close();
});

test('addon: loading and closing gives the memory back', async () => {
  const round = async (): Promise<void> => {
    const model = await session.addon.load(digitsOptions());
    await session.outcome(submitImage(model));
    await model.close();
  };
  for (let i = 0; i < 10; i += 1) await round();
  const before = residentBytes();
  for (let i = 0; i < 40; i += 1) await round();
  const grown = residentBytes() - before;
  assert.ok(grown < 40 * 2 ** 20, `40 loads left ${Math.round(grown / 2 ** 20)} MiB behind`);
});

test('addon: a closed model holds nothing, whoever still has the object', async () => {
  const options = digitsOptions({
    path: projectPath('test', 'networks', 'resnet50_dynamic.mindir'),
    label: 'resnet50/1',
    maxBatch: 1,
  });
  const before = residentBytes();
  const closed = [];
  for (let i = 0; i < 40; i += 1) {
    const model = await session.addon.load(options);
    assert.ok(model.memory().packed + model.memory().constants > 3e5);
    await model.close();
    closed.push(model);
  }
  const grown = residentBytes() - before;
  assert.ok(grown < 20 * 2 ** 20, `40 closed models hold ${Math.round(grown / 2 ** 20)} MiB`);
  const [model] = closed;
  assert.deepEqual(
    [model?.queueDepth(), model?.memory(), model?.cancel(1)],
    [0, { constants: 0, packed: 0, arenas: 0, kernels: 0, device: 0 }, false],
  );
  assert.throws(
    () => model?.submit([new Uint8Array(4096)], [[1, 1, 32, 32]], [null], 0, 0),
    (error: unknown) => (error as { code?: string }).code === 'NOT_READY',
  );
});

test('addon: inspect prints every stage', async () => {
  for (const stage of ['file', 'graph', 'optimized', 'partitions', 'plan'] as const) {
    const text = await session.addon.inspect(digitsOptions().path, {
      stage,
      engines: ['cpu'],
      json: false,
      shapes: [],
    });
    assert.match(text, /conv1/i, stage);
  }
});
