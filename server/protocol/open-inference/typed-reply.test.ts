import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DType } from '../../native/binding-types.ts';
import { methodOf } from '../protos.ts';
import { typedReply } from './typed-reply.ts';

const times = (): never => assert.fail('not asked for');
const { responseDeserialize } = methodOf('inference.GRPCInferenceService', 'ModelInfer');

interface Reply {
  readonly outputs: readonly {
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly contents: Record<string, unknown[]>;
  }[];
  readonly raw_output_contents: readonly Buffer[];
}

function typed(dtype: DType, bytes: Uint8Array, limit = 1000): Reply {
  const outputs = [{ name: 'y', dtype, shape: [3], bytes }];
  return responseDeserialize(
    typedReply({ model: 'm', version: '1', id: 'i', outputs, times }, limit),
  ) as unknown as Reply;
}

test('typed: every element type that has typed contents, at any offset', () => {
  const cases: readonly (readonly [DType, string, ArrayBufferView, readonly unknown[]])[] = [
    ['BOOL', 'bool_contents', Uint8Array.of(0, 1, 2), [false, true, true]],
    ['INT8', 'int_contents', Int8Array.of(-128, 0, 127), [-128, 0, 127]],
    ['INT16', 'int_contents', Int16Array.of(-32768, 0, 32767), [-32768, 0, 32767]],
    ['INT32', 'int_contents', Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1), [-(2 ** 31), 0, 2 ** 31 - 1]],
    ['INT64', 'int64_contents', BigInt64Array.of(-(2n ** 53n), 0n, 2n ** 53n), [-(2 ** 53), 0, 2 ** 53]],
    ['UINT8', 'uint_contents', Uint8Array.of(0, 1, 255), [0, 1, 255]],
    ['UINT16', 'uint_contents', Uint16Array.of(0, 1, 65535), [0, 1, 65535]],
    ['UINT32', 'uint_contents', Uint32Array.of(0, 1, 2 ** 32 - 1), [0, 1, 2 ** 32 - 1]],
    ['UINT64', 'uint64_contents', BigUint64Array.of(0n, 1n, 2n ** 53n), [0, 1, 2 ** 53]],
    ['FP32', 'fp32_contents', Float32Array.of(-0.5, 0, 3e38), [-0.5, 0, Math.fround(3e38)]],
    ['FP64', 'fp64_contents', Float64Array.of(-0.1, 0, 1e300), [-0.1, 0, 1e300]],
  ];
  for (const [dtype, field, values, wanted] of cases) {
    const bytes = new Uint8Array(values.byteLength + 1);
    bytes.set(new Uint8Array(values.buffer), 1);
    const { outputs, raw_output_contents: raw } = typed(dtype, bytes.subarray(1));
    assert.deepEqual([outputs[0]?.datatype, outputs[0]?.shape, raw.length], [dtype, [3], 0]);
    assert.deepEqual(outputs[0]?.contents[field], wanted, dtype);
  }
});

test('typed: types without typed contents are refused, and so is what is too large', () => {
  assert.throws(() => typed('FP16', new Uint8Array(6)), /output "y": FP16 has no typed contents/);
  assert.throws(() => typed('BF16', new Uint8Array(6)), /BF16 has no typed contents/);
  assert.throws(() => typed('FP32', new Uint8Array(12), 10), /the limit is 10 \(server\.max_message\)/);
});
