import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServingError } from '../../errors.ts';
import { elementCount, elementSize } from '../../inference/dtype.ts';
import type { DType } from '../../native/binding-types.ts';
import { methodOf } from '../protos.ts';
import { decodeInfer } from './codec-decode.ts';

const BUDGET = 2 ** 20;
const infer = methodOf('inference.GRPCInferenceService', 'ModelInfer');
const encode = (request: object): Buffer => Buffer.from(infer.requestSerialize(request));

/** The message of the refusal, whose code has to be the expected one. */
function refusal(request: object | Buffer, code = 'INVALID_ARGUMENT', budget = BUDGET): string {
  try {
    decodeInfer(Buffer.isBuffer(request) ? request : encode(request), budget);
  } catch (caught) {
    assert.ok(caught instanceof ServingError, `not a ServingError: ${String(caught)}`);
    assert.equal(caught.code, code, caught.message);
    return caught.message;
  }
  assert.fail('accepted');
}

function typed(datatype: string, contents: object, shape: readonly number[] = [3]): object {
  return { model_name: 'm', inputs: [{ name: 'x', datatype, shape, contents }] };
}

function raw(datatype: string, shape: readonly number[], bytes: Buffer): object {
  return { model_name: 'm', inputs: [{ name: 'x', datatype, shape }], raw_input_contents: [bytes] };
}

const FIELDS: Readonly<Record<string, readonly [string, fc.Arbitrary<number>, (values: number[]) => ArrayBufferView]>> =
  {
    BOOL: ['bool_contents', fc.integer({ min: 0, max: 1 }), (v) => Uint8Array.from(v)],
    INT8: ['int_contents', fc.integer({ min: -128, max: 127 }), (v) => Int8Array.from(v)],
    INT16: ['int_contents', fc.integer({ min: -32768, max: 32767 }), (v) => Int16Array.from(v)],
    INT32: ['int_contents', fc.integer(), (v) => Int32Array.from(v)],
    INT64: ['int64_contents', fc.maxSafeInteger(), (v) => BigInt64Array.from(v.map(BigInt))],
    UINT8: ['uint_contents', fc.integer({ min: 0, max: 255 }), (v) => Uint8Array.from(v)],
    UINT16: ['uint_contents', fc.integer({ min: 0, max: 65535 }), (v) => Uint16Array.from(v)],
    UINT32: ['uint_contents', fc.integer({ min: 0, max: 2 ** 32 - 1 }), (v) => Uint32Array.from(v)],
    UINT64: ['uint64_contents', fc.maxSafeNat(), (v) => BigUint64Array.from(v.map(BigInt))],
    FP32: ['fp32_contents', fc.float(), (v) => Float32Array.from(v)],
    FP64: ['fp64_contents', fc.double(), (v) => Float64Array.from(v)],
  };

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

test('decode: typed contents of every dtype become the bytes of a typed array', () => {
  for (const [dtype, [field, values, array]] of Object.entries(FIELDS)) {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 40 }), (list) => {
        const contents = { [field]: dtype === 'BOOL' ? list.map((v) => v === 1) : list };
        const [input] = decodeInfer(encode(typed(dtype, contents, [list.length])), BUDGET).inputs;
        assert.equal(input?.dtype, dtype);
        assert.deepEqual(Buffer.from(input?.bytes ?? []), bytesOf(array(list)));
      }),
      { numRuns: 60 },
    );
  }
});

const DTYPES = [...Object.keys(FIELDS), 'FP16', 'BF16'] as DType[];
const parameter = fc.oneof(
  fc.record({ bool_param: fc.boolean() }),
  fc.record({ int64_param: fc.maxSafeInteger() }),
  fc.record({ string_param: fc.string() }),
  fc.record({ double_param: fc.double() }),
  fc.record({ uint64_param: fc.maxSafeNat() }),
);
const parameters = fc.dictionary(
  fc
    .string()
    .filter(
      (key) =>
        !['timeout', 'priority', 'mindird_times'].includes(key) &&
        key !== '__proto__' &&
        !key.startsWith('shared_memory_') &&
        key !== 'classification',
    ),
  parameter,
  { maxKeys: 4 },
);
const tensor = fc.record({
  name: fc.string(),
  datatype: fc.constantFrom(...DTYPES),
  shape: fc.array(fc.nat({ max: 6 }), { maxLength: 4 }),
  parameters,
});
const rawRequest = fc.record({
  model_name: fc.string(),
  model_version: fc.string(),
  id: fc.string(),
  parameters,
  inputs: fc.array(tensor, { maxLength: 5 }),
  outputs: fc.array(fc.record({ name: fc.string(), parameters }), { maxLength: 4 }),
});

test('decode: agrees with proto-loader on any request with raw contents, and copies nothing', () => {
  fc.assert(
    fc.property(rawRequest, fc.integer({ min: 0, max: 255 }), (request, fill) => {
      const contents = request.inputs.map(({ shape, datatype }) =>
        Buffer.alloc(elementCount(shape) * elementSize(datatype), fill),
      );
      const message = encode({ ...request, raw_input_contents: contents });
      const wanted = infer.requestDeserialize(message) as typeof request & { raw_input_contents: Buffer[] };
      const found = decodeInfer(message, 0);
      assert.deepEqual([found.model, found.version, found.id], [wanted.model_name, wanted.model_version, wanted.id]);
      assert.deepEqual(
        found.outputs ?? [],
        wanted.outputs.map((output) => output.name),
      );
      assert.equal(found.inputs.length, wanted.inputs.length);
      for (const [index, input] of found.inputs.entries()) {
        const { name, datatype, shape } = wanted.inputs[index] as (typeof wanted.inputs)[number];
        assert.deepEqual([input.name, input.dtype, input.shape], [name, datatype, shape]);
        assert.deepEqual(Buffer.from(input.bytes), wanted.raw_input_contents[index]);
        if (input.bytes.length > 0) assert.equal(input.bytes.buffer, message.buffer);
      }
    }),
    { numRuns: 400 },
  );
});

test('decode: packed FP32 contents are a view of the message', () => {
  const message = encode(typed('FP32', { fp32_contents: [1, 2, 3] }));
  assert.equal(decodeInfer(message, 0).inputs[0]?.bytes.buffer, message.buffer);
});

test('decode: unpacked and split contents are read like packed ones', () => {
  const value = (text: string): Buffer => Buffer.from(text, 'hex');
  const contents = Buffer.concat([value('1001'), value('1002'), value('120103')]);
  const tensorBody = Buffer.concat([
    value('0a0178'),
    value('1205'),
    Buffer.from('INT32'),
    value('1803'),
    value('2a'),
    Buffer.from([contents.length]),
    contents,
  ]);
  const message = Buffer.concat([value('2a'), Buffer.from([tensorBody.length]), tensorBody]);
  const [input] = decodeInfer(message, BUDGET).inputs;
  assert.deepEqual(input?.shape, [3]);
  assert.deepEqual(Buffer.from(input?.bytes ?? []), bytesOf(Int32Array.of(1, 2, 3)));
});

test('decode: request parameters', () => {
  const request = {
    model_name: 'm',
    parameters: { timeout: { int64_param: 2500 }, priority: { uint64_param: 3 }, mindird_times: { bool_param: true } },
  };
  const { timeoutUs, priority, wantTimes } = decodeInfer(encode(request), 0);
  assert.deepEqual({ timeoutUs, priority, wantTimes }, { timeoutUs: 2500, priority: 3, wantTimes: true });
  assert.equal(refusal({ parameters: { timeout: { int64_param: -1 } } }), 'parameter "timeout": is -1, want 0 or more');
  assert.equal(
    refusal({ parameters: { timeout: { string_param: '1' } } }),
    'parameter "timeout": is string, want int64',
  );
  assert.equal(
    refusal({ parameters: { mindird_times: { int64_param: 1 } } }),
    'parameter "mindird_times": is int64, want bool',
  );
  assert.match(
    refusal({ parameters: { priority: { uint64_param: 2 ** 40 } } }),
    /^parameter "priority": is 1099511627776, want at most /,
  );
});

test('decode: a mix of raw and typed contents names the tensor', () => {
  const request = {
    inputs: [
      { name: 'a', datatype: 'FP32', shape: [1] },
      { name: 'b', datatype: 'FP32', shape: [1], contents: { fp32_contents: [1] } },
    ],
    raw_input_contents: [Buffer.alloc(4)],
  };
  assert.match(refusal(request), /^input "b": has contents although the request has raw_input_contents/);
});

test('decode: contradictions name the tensor, what was found and what was wanted', () => {
  assert.equal(
    refusal(typed('FP32', { fp32_contents: [1, 2] })),
    'input "x": 2 values in fp32_contents, want 3 for its shape',
  );
  assert.equal(
    refusal(typed('FP32', { int_contents: [1, 2, 3] })),
    'input "x": values in int_contents, want fp32_contents for FP32',
  );
  assert.equal(refusal(typed('INT8', { int_contents: [1, 2, 300] })), 'input "x": value 300 does not fit INT8');
  assert.equal(
    refusal(typed('UINT16', { uint_contents: [1, 65536, 3] })),
    'input "x": value 65536 does not fit UINT16',
  );
  assert.equal(
    refusal(typed('FP16', { fp32_contents: [1, 2, 3] })),
    'input "x": FP16 has no typed contents, want raw_input_contents',
  );
  assert.equal(
    refusal({ inputs: [{ name: 'x', datatype: 'BF16', shape: [3] }] }),
    'input "x": no data, want raw_input_contents of 6 bytes',
  );
  assert.match(
    refusal({ inputs: [{ name: 'x', datatype: 'FLOAT', shape: [3] }] }),
    /^input "x": datatype is "FLOAT", want one of BOOL/,
  );
  assert.equal(refusal(raw('FP32', [2, -1], Buffer.alloc(8))), 'input "x": shape is [2,-1], want sizes of 0 or more');
  assert.equal(
    refusal({ inputs: [], raw_input_contents: [Buffer.alloc(8)] }),
    'raw_input_contents: 1 entry, want 0, one for each input',
  );
  assert.match(refusal(raw('FP32', [2 ** 40, 2 ** 40], Buffer.alloc(8))), /too many elements$/);
  assert.match(
    refusal(raw('FP32', new Array(33).fill(1), Buffer.alloc(4))),
    /^input "x": shape of more than 32 dimensions$/,
  );
});

test('decode: BYTES are checked, and come as raw contents have them, in either form', () => {
  const element = (text: string): Buffer => Buffer.concat([Buffer.from([text.length, 0, 0, 0]), Buffer.from(text)]);
  const good = Buffer.concat([element('ab'), element('')]);
  const strings = { bytes_contents: [Buffer.from('ab'), Buffer.from('')] };
  for (const request of [raw('BYTES', [2], good), typed('BYTES', strings, [2])]) {
    const [tensor] = decodeInfer(encode(request), BUDGET).inputs;
    assert.equal(tensor?.dtype, 'BYTES');
    assert.deepEqual(Buffer.from(tensor?.bytes ?? []), good);
  }
  assert.equal(refusal(typed('BYTES', strings, [3])), 'input "x": 2 values in bytes_contents, want 3 for its shape');
  assert.equal(refusal(raw('BYTES', [3], good)), 'input "x": 2 BYTES elements, want 3 for its shape');
  assert.equal(
    refusal(raw('BYTES', [2], good.subarray(0, 5))),
    'input "x": BYTES element 0 has length 2, 1 bytes are left',
  );
  assert.equal(refusal(raw('BYTES', [2], good.subarray(0, 8))), 'input "x": BYTES element 1 ends inside its length');
});

test('decode: shared memory and classification are refused as unsupported where they are off', () => {
  const region = {
    inputs: [
      {
        name: 'x',
        datatype: 'FP32',
        shape: [1],
        parameters: { shared_memory_region: { string_param: 'r' }, shared_memory_byte_size: { int64_param: 4 } },
      },
    ],
  };
  assert.equal(refusal(region, 'UNSUPPORTED'), 'input "x": shared memory is off (shared_memory.system)');
  const classes = { outputs: [{ name: 'y', parameters: { classification: { int64_param: 3 } } }] };
  assert.equal(
    refusal(classes, 'UNSUPPORTED'),
    'output "y": parameter "classification" is not supported: ask for the values and take the largest of them',
  );
});

test('decode: what typed contents may grow to is limited', () => {
  const request = typed('INT64', { int64_contents: new Array(1000).fill(0) }, [1000]);
  assert.match(refusal(request, 'TOO_LARGE', 7999), /^input "x": typed contents of 8000 bytes, the limit is 7999/);
  assert.equal(decodeInfer(encode(request), 8000).inputs[0]?.bytes.length, 8000);
});

test('decode: counts are limited', () => {
  const many = new Array(1025).fill({ name: 'x', datatype: 'FP32', shape: [0] });
  assert.equal(refusal({ inputs: many }), 'request message: more than 1024 inputs');
  assert.equal(
    refusal({ outputs: many.map(({ name }) => ({ name })) }),
    'request message: more than 1024 requested outputs',
  );
  assert.equal(
    refusal({ raw_input_contents: many.map(() => Buffer.alloc(0)) }),
    'request message: more than 1024 raw_input_contents',
  );
  const keys = Object.fromEntries(many.map((_, index) => [`k${index}`, { bool_param: true }]));
  assert.equal(refusal({ parameters: keys }), 'request message: more than 1024 parameters');
  assert.match(refusal({ id: 'x'.repeat(5000) }), /request id of 5000 bytes, the limit is 4096/);
});

test('decode: truncated and broken messages say where', () => {
  assert.equal(
    refusal(Buffer.from('0a05', 'hex')),
    'request message: length 5 beyond the end of the message at byte 2',
  );
  assert.equal(refusal(Buffer.from('0b', 'hex')), 'request message: field 1 with wire type 3, want 2, at byte 1');
  assert.equal(refusal(Buffer.from('00', 'hex')), 'request message: field number 0 at byte 1');
  assert.equal(
    refusal(Buffer.from('48ffffffffffffffffffff01', 'hex')),
    'request message: number of more than 10 bytes at byte 1',
  );
  assert.equal(refusal(Buffer.from('4d0000', 'hex')), 'request message: truncated number at byte 1');
  assert.equal(refusal(Buffer.from('4b', 'hex')), 'request message: wire type 3 at byte 1');
});
