import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceOf } from './definitions.ts';
import { methodOf } from './protos.ts';

const inference = 'inference.GRPCInferenceService';
const health = 'grpc.health.v1.Health';
const mindspore = 'mindspore.serving.proto.MSService';

/** Messages with something of everything: texts, lists, maps, 64-bit numbers, enumerations, one-ofs, nested messages and bytes. */
const examples: Readonly<Record<string, { readonly request: object; readonly response: object }>> = {
  ModelConfig: {
    request: { name: 'm', version: '3' },
    response: {
      config: {
        name: 'm',
        max_batch_size: 8,
        input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [-1, 4] }],
        instance_group: [{ name: 'm_0', count: 2, kind: 'KIND_CPU' }],
        dynamic_batching: { preferred_batch_size: [4, 8], max_queue_delay_microseconds: 500 },
      },
    },
  },
  ModelStatistics: {
    request: { name: 'm' },
    response: {
      model_stats: [
        { name: 'm', version: '1', inference_count: 2 ** 40, inference_stats: { success: { count: 3, ns: 5e9 } } },
      ],
    },
  },
  ModelInfer: {
    request: {
      model_name: 'm',
      parameters: { sequence_id: { int64_param: 7 }, mode: { string_param: 'a' } },
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], contents: { fp32_contents: [1, 2] } }],
      raw_input_contents: [Buffer.from([1, 2, 3])],
    },
    response: {
      model_name: 'm',
      outputs: [{ name: 'y', datatype: 'INT64', shape: [1] }],
      raw_output_contents: [Buffer.alloc(8)],
    },
  },
  Check: { request: { service: 'm' }, response: { status: 'NOT_SERVING' } },
};

for (const service of [inference, health, mindspore]) {
  test(`protos: the codecs of ${service} are those of the gRPC library`, () => {
    for (const [name, known] of Object.entries(serviceOf(service))) {
      const own = methodOf(service, name);
      assert.equal(own.path, known.path);
      for (const { request, response } of [
        examples[name] ?? { request: {}, response: {} },
        { request: {}, response: {} },
      ]) {
        const bytes = known.requestSerialize(request);
        assert.deepEqual(own.requestSerialize(request), bytes, name);
        assert.deepEqual(own.requestDeserialize(bytes), known.requestDeserialize(bytes), name);
        const answer = known.responseSerialize(response);
        assert.deepEqual(own.responseSerialize(response), answer, name);
        assert.deepEqual(own.responseDeserialize(answer), known.responseDeserialize(answer), name);
      }
    }
  });
}

test('protos: what is not in the files is named', () => {
  assert.throws(() => methodOf(inference, 'Guess').requestSerialize({}), /GRPCInferenceService has no method Guess/);
  assert.throws(() => methodOf('none.Service', 'Guess').requestSerialize({}), /none\.Service/);
  assert.throws(() => serviceOf('none.Service'), /no service none\.Service/);
});
