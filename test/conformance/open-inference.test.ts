// The whole service through a real client, over TCP and over a unix socket.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { doublingModel } from '../../server/native/fake-file.ts';
import type { FakeModel } from '../../server/native/fake-model.ts';
import { FakeServer } from '../support/fake-server.ts';
import { TestClient } from '../support/grpc-client.ts';
import { elapsed, patienceMs, until } from '../support/until.ts';

interface InferResponse {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly parameters: Readonly<Record<string, { readonly double_param: number }>>;
  readonly outputs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly contents?: { readonly fp32_contents: readonly number[] };
  }[];
  readonly raw_output_contents: readonly Buffer[];
}

const floats = (...values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const folder = mkdtempSync(path.join(tmpdir(), 'mindird-'));
let slow: FakeModel;
const server = new FakeServer({ addresses: ['127.0.0.1:0', `unix:${folder}/grpc.sock`], maxMessage: 2 ** 20 });

function request(values: readonly number[], more: object = {}): object {
  return {
    model_name: 'm',
    id: 'q',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, values.length] }],
    raw_input_contents: [floats(...values)],
    ...more,
  };
}

const fails =
  (code: number, details: RegExp) =>
  (caught: unknown): boolean => {
    const error = caught as { code: number; details: string };
    assert.equal(error.code, code, error.details);
    assert.match(error.details, details);
    return true;
  };

before(async () => {
  await server.models.add('m', doublingModel([-1, 2]), { maxBatch: 8 });
  await server.models.add('m', doublingModel([-1, 2]), { version: '3', maxBatch: 8 });
  slow = (await server.models.add('slow', doublingModel([1, 1]))).native as FakeModel;
  await server.models.add('fail', doublingModel([1, 1], { compute: 'fail' }));
  await server.models.add('bad', doublingModel([1]), { state: 'failed', reason: 'bad/1: node "a" (B): not supported' });
  await server.models.add('later', doublingModel([1]), { state: 'loading' });
  await server.models.add('big', {
    ...doublingModel([-1, 2 ** 18]),
    compute: 'copy',
    inputs: [{ name: 'x', dtype: 'FP32', shape: [-1, 2] }],
  });
  await server.start();
});

after(async () => {
  assert.equal(await server.drain(patienceMs), true);
  rmSync(folder, { recursive: true, force: true });
});

for (const [index, kind] of ['TCP', 'unix socket'].entries()) {
  describe(`open inference over ${kind}`, () => {
    let client: TestClient;
    before(() => {
      client = new TestClient(server.grpc.addresses[index] ?? '');
    });
    after(() => client.close());

    test('live, ready, metadata', async () => {
      assert.deepEqual((await client.call('inference.ServerLive', {})).reply, { live: true });
      assert.deepEqual((await client.call('inference.ServerReady', {})).reply, { ready: true });
      const { reply } = await client.call<{ name: string; extensions: string[] }>('inference.ServerMetadata', {});
      assert.equal(reply.name, 'mindird');
      assert.ok(reply.extensions.includes('statistics'));
    });

    test('model readiness is an answer, never an error', async () => {
      const ready = async (name: string, version = ''): Promise<unknown> =>
        (await client.call('inference.ModelReady', { name, version })).reply;
      assert.deepEqual(await ready('m'), { ready: true });
      assert.deepEqual(await ready('m', '3'), { ready: true });
      assert.deepEqual(await ready('m', '2'), { ready: false });
      assert.deepEqual(await ready('nobody'), { ready: false });
      assert.deepEqual(await ready('later'), { ready: false });
    });

    test('model metadata and configuration', async () => {
      const { reply } = await client.call<{ versions: string[]; inputs: object[] }>('inference.ModelMetadata', {
        name: 'm',
      });
      assert.deepEqual(reply.versions, ['1', '3']);
      assert.deepEqual(reply.inputs, [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }]);
      const config = (
        await client.call<{
          config: { max_batch_size: number; input: { dims: number[]; data_type: string }[]; scheduling_choice: string };
        }>('inference.ModelConfig', { name: 'm' })
      ).reply.config;
      assert.deepEqual(
        [config.max_batch_size, config.input[0]?.dims, config.input[0]?.data_type, config.scheduling_choice],
        [8, [2], 'TYPE_FP32', 'dynamic_batching'],
      );
      await assert.rejects(
        client.call('inference.ModelMetadata', { name: 'nobody' }),
        fails(status.NOT_FOUND, /^Request for unknown model: "nobody"/),
      );
      await assert.rejects(client.call('inference.ModelConfig', { name: 'later' }), fails(status.UNAVAILABLE, /later/));
    });

    test('inference: raw and typed, highest version unless asked, id echoed', async () => {
      const { reply } = await client.call<InferResponse>('inference.ModelInfer', request([1, 2]));
      assert.deepEqual([reply.model_name, reply.model_version, reply.id], ['m', '3', 'q']);
      assert.deepEqual(
        reply.outputs.map(({ name, shape }) => [name, shape]),
        [['y', [1, 2]]],
      );
      assert.deepEqual(
        reply.raw_output_contents.map((raw) => Buffer.from(raw)),
        [floats(2, 4)],
      );
      assert.deepEqual(reply.parameters, {});
      const typed = {
        ...request([]),
        model_version: '1',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], contents: { fp32_contents: [1, 2, 3, 4] } }],
        raw_input_contents: [],
      };
      const second = (await client.call<InferResponse>('inference.ModelInfer', typed)).reply;
      assert.deepEqual(
        [second.model_version, Buffer.from(second.raw_output_contents[0] ?? [])],
        ['1', floats(2, 4, 6, 8)],
      );
    });

    test('typed contents come back when asked for', async () => {
      const { reply } = await client.call<InferResponse>(
        'inference.ModelInfer',
        request([1, 2], { parameters: { typed_output: { bool_param: true } } }),
      );
      assert.deepEqual(reply.outputs[0]?.contents?.fp32_contents, [2, 4]);
      assert.equal(reply.raw_output_contents.length, 0);
    });

    test('stage times come back when asked for, and add up', async () => {
      const { reply, trailers } = await client.call<InferResponse>(
        'inference.ModelInfer',
        request([1, 2], { parameters: { mindird_times: { bool_param: true } } }),
      );
      const { mindird_total_us: total, ...stages } = Object.fromEntries(
        Object.entries(reply.parameters).map(([key, { double_param }]) => [key, double_param]),
      );
      assert.equal(Object.keys(stages).length, 7);
      assert.ok(Math.abs(Object.values(stages).reduce((sum, us) => sum + us, 0) - (total ?? 0)) < 0.01);
      assert.match(
        String(trailers.get('mindird-times')[0]),
        /^receive=[\d.]+,decode=[\d.]+,queue=.*total=[\d.]+,send=[\d.]+$/,
      );
    });

    test('refusals have the right status and text', async () => {
      const infer = (more: object, values: readonly number[] = [1, 2]): Promise<unknown> =>
        client.call('inference.ModelInfer', request(values, more));
      await assert.rejects(
        infer({ model_name: 'nobody' }),
        fails(status.NOT_FOUND, /^Request for unknown model: "nobody"/),
      );
      await assert.rejects(infer({ model_version: '9' }), fails(status.NOT_FOUND, /^Request for unknown model/));
      await assert.rejects(infer({ model_name: 'later' }), fails(status.UNAVAILABLE, /^later: no version is ready/));
      await assert.rejects(
        infer({}, [1, 2, 3]),
        fails(status.INVALID_ARGUMENT, /^input "x": shape is \[1,3\], want \[-1,2\]/),
      );
      await assert.rejects(
        infer({ outputs: [{ name: 'z' }] }),
        fails(status.INVALID_ARGUMENT, /^output "z": the model has no such output, it has "y"/),
      );
      await assert.rejects(
        infer({ model_name: 'fail' }, [1]),
        fails(status.INTERNAL, /^ENGINE_FAILED: the server failed/),
      );
      await assert.rejects(
        infer({ model_name: 'big' }),
        fails(status.RESOURCE_EXHAUSTED, /the limit is 1 MiB \(server\.max_message\)$/),
      );
    });

    test('a name that is no text for headers still gives a clean error', async () => {
      await assert.rejects(
        client.call('inference.ModelInfer', request([1, 2], { model_name: `\u0000\u0007%ü${'x'.repeat(900)}` })),
        fails(status.NOT_FOUND, /^Request for unknown model/),
      );
    });

    test('a message over the limit names the limit and the setting', async () => {
      const large = { ...request([]), raw_input_contents: [Buffer.alloc(2 ** 20)] };
      await assert.rejects(
        client.call('inference.ModelInfer', large),
        fails(
          status.RESOURCE_EXHAUSTED,
          /^a request message of 10486\d\d bytes, the limit is 1048576 bytes \(1 MiB, server\.max_message\)$/,
        ),
      );
    });

    test('the deadline of the call and the timeout parameter both end the wait', async () => {
      const ask = request([1], { model_name: 'slow' });
      slow.held = true;
      const first = client.call('inference.ModelInfer', ask);
      await until(() => server.admission.requests === 1 && slow.queueDepth() === 0, 'the first to be computed');
      const waiting = client.call('inference.ModelInfer', {
        ...ask,
        parameters: { timeout: { int64_param: 10_000 } },
      });
      await until(() => slow.queueDepth() === 1, 'the second in the queue');
      await elapsed(20);
      slow.held = false;
      await assert.rejects(waiting, fails(status.DEADLINE_EXCEEDED, /expired in the queue/));
      await first;
      slow.held = true;
      await assert.rejects(
        client.call('inference.ModelInfer', ask, { timeoutMs: 50 }),
        fails(status.DEADLINE_EXCEEDED, /./),
      );
      slow.held = false;
    });

    test('statistics count what was done', async () => {
      const { reply } = await client.call<{
        model_stats: {
          name: string;
          version: string;
          inference_count: number;
          inference_stats: {
            success: { count: number; ns: number };
            queue: { count: number };
            compute_infer: { ns: number };
          };
          batch_stats: object[];
        }[];
      }>('inference.ModelStatistics', { name: 'm', version: '3' });
      const [stats] = reply.model_stats;
      assert.deepEqual([stats?.name, stats?.version], ['m', '3']);
      assert.ok(
        (stats?.inference_count ?? 0) > 0 &&
          (stats?.inference_stats.compute_infer.ns ?? 0) > 0 &&
          (stats?.batch_stats.length ?? 0) > 0,
      );
      const all = await client.call<{ model_stats: { name: string }[] }>('inference.ModelStatistics', {});
      assert.deepEqual(
        all.reply.model_stats.map(({ name }) => name),
        ['big', 'fail', 'm', 'm', 'slow'],
      );
      await assert.rejects(
        client.call('inference.ModelStatistics', { name: 'nobody' }),
        fails(status.NOT_FOUND, /^Request for unknown model/),
      );
    });

    test('the repository index lists states and reasons', async () => {
      const { reply } = await client.call<{ models: object[] }>('inference.RepositoryIndex', {});
      assert.deepEqual(reply.models[0], {
        name: 'bad',
        version: '1',
        state: 'UNAVAILABLE',
        reason: 'bad/1: node "a" (B): not supported',
      });
      assert.deepEqual(
        reply.models.filter((model) => (model as { state: string }).state === 'LOADING'),
        [{ name: 'later', version: '1', state: 'LOADING', reason: '' }],
      );
      const ready = await client.call<{ models: { state: string }[] }>('inference.RepositoryIndex', { ready: true });
      assert.deepEqual(new Set(ready.reply.models.map(({ state }) => state)), new Set(['READY']));
    });

    test('an unknown method is UNIMPLEMENTED, garbage is INVALID_ARGUMENT', async () => {
      const none = Buffer.alloc(0);
      await assert.rejects(
        client.raw('/inference.GRPCInferenceService/Guess', none, String),
        fails(status.UNIMPLEMENTED, /./),
      );
      const garbage = Buffer.from('ffffffffffff', 'hex');
      for (const method of ['ModelInfer', 'ModelReady']) {
        await assert.rejects(
          client.raw(`/inference.GRPCInferenceService/${method}`, garbage, String),
          fails(status.INVALID_ARGUMENT, /^request message: /),
        );
      }
      await assert.rejects(
        client.raw('/inference.GRPCInferenceService/ModelReady', Buffer.alloc(70_000), String),
        fails(status.RESOURCE_EXHAUSTED, /the limit of this call is 65536/),
      );
    });
  });
}
