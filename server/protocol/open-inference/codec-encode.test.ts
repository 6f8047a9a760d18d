import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServingError } from '../../errors.ts';
import { elementCount, elementSize } from '../../inference/dtype.ts';
import type { InferReply } from '../../inference/request.ts';
import type { DType } from '../../native/binding-types.ts';
import { methodOf } from '../protos.ts';
import { ResponseWriter, timesText } from './codec-encode.ts';

const infer = methodOf('inference.GRPCInferenceService', 'ModelInfer');
const TIMES = {
  totalNs: 28_500,
  receiveNs: 0,
  decodeNs: 1000,
  queueNs: 2000,
  gatherNs: 3000,
  computeNs: 4500,
  scatterNs: 6000,
  encodeNs: 12_000,
  sendNs: 0,
};
const now = (): number => 0;

interface Response {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly parameters: Readonly<Record<string, { readonly double_param: number }>>;
  readonly outputs: readonly { readonly name: string; readonly datatype: string; readonly shape: readonly number[] }[];
  readonly raw_output_contents: readonly Buffer[];
}

const decode = (message: Buffer): Response => infer.responseDeserialize(message) as unknown as Response;

function replyOf(outputs: InferReply['outputs'], model = 'm', version = '1', id = ''): InferReply {
  return { model, version, id, outputs, times: () => TIMES };
}

const DTYPES: readonly DType[] = ['BOOL', 'UINT8', 'INT16', 'UINT32', 'INT64', 'FP16', 'BF16', 'FP32', 'FP64'];
const output = fc.record({
  name: fc.string(),
  dtype: fc.constantFrom(...DTYPES),
  shape: fc.array(fc.nat({ max: 7 }), { maxLength: 4 }),
});

const allocate = (bytes: number): Buffer => Buffer.allocUnsafe(bytes);

test('encode: proto-loader reads back what was placed, whether in place or copied', () => {
  const input = fc.record({
    model: fc.string(),
    version: fc.string(),
    id: fc.string(),
    outputs: fc.array(output, { maxLength: 4 }),
    times: fc.boolean(),
    fill: fc.nat({ max: 255 }),
  });
  fc.assert(
    fc.property(input, ({ model, version, id, outputs, times, fill }) => {
      const specs = outputs.map((o) => ({ ...o, byteLength: elementCount(o.shape) * elementSize(o.dtype) }));
      const tensors = specs.map((spec) => ({ ...spec, bytes: Buffer.alloc(spec.byteLength, fill) }));
      const placed = new ResponseWriter(id, times, 2 ** 20, allocate);
      placed.place({ name: model, version }, specs).forEach((view, index) => view.set(tensors[index]?.bytes ?? []));
      const reply = replyOf(tensors, model, version, id);
      const message = placed.finish(reply, now);
      const found = decode(message);
      assert.deepEqual([found.model_name, found.model_version, found.id], [model, version, id]);
      assert.deepEqual(
        found.outputs.map((o) => [o.name, o.datatype, o.shape]),
        outputs.map((o) => [o.name, o.dtype, o.shape]),
      );
      assert.deepEqual(
        found.raw_output_contents.map((raw) => Buffer.from(raw)),
        tensors.map(({ bytes }) => bytes),
      );
      assert.equal(Object.keys(found.parameters).length, times ? 8 : 0);
      assert.deepEqual(new ResponseWriter(id, times, 2 ** 20, allocate).finish(reply, now), message);
    }),
    { numRuns: 300 },
  );
});

test('encode: the views lie in the message', () => {
  const writer = new ResponseWriter('', false, 2 ** 20, allocate);
  const [view] = writer.place({ name: 'm', version: '1' }, [{ name: 'y', dtype: 'FP32', shape: [2], byteLength: 8 }]);
  const message = writer.finish(replyOf([]), now);
  assert.equal(view?.buffer, message.buffer);
  assert.equal(view?.byteLength, 8);
});

test('encode: stage times are microseconds and add up', () => {
  const { parameters } = decode(new ResponseWriter('', true, 2 ** 20, allocate).finish(replyOf([]), now));
  const value = (key: string): number => parameters[`mindird_${key}_us`]?.double_param ?? Number.NaN;
  assert.equal(value('total'), 28.5);
  const stages = ['receive', 'decode', 'queue', 'compute_input', 'compute_infer', 'compute_output', 'encode'];
  assert.equal(
    stages.reduce((sum, stage) => sum + value(stage), 0),
    value('total'),
  );
  assert.equal(
    timesText(TIMES),
    'receive=0.0,decode=1.0,queue=2.0,compute_input=3.0,compute_infer=4.5,compute_output=6.0,encode=12.0,total=28.5,send=0.0',
  );
});

test('encode: a request that used a device tells its times there', () => {
  const device = { dispatchNs: 500, toDeviceNs: 1000, computeNs: 2500, toHostNs: 250 };
  const reply = { ...replyOf([]), times: () => ({ ...TIMES, device }) };
  const { parameters } = decode(new ResponseWriter('', true, 2 ** 20, allocate).finish(reply, now));
  const value = (key: string): number => parameters[`mindird_${key}_us`]?.double_param ?? Number.NaN;
  assert.deepEqual(['host_dispatch', 'to_device', 'device_compute', 'to_host'].map(value), [0.5, 1, 2.5, 0.25]);
  assert.match(
    timesText({ ...TIMES, device }),
    /,host_dispatch=0\.5,to_device=1\.0,device_compute=2\.5,to_host=0\.3,send=0\.0$/,
  );
});

test('encode: a response over the limit names it', () => {
  const writer = new ResponseWriter('', false, 2 ** 20, allocate);
  const spec = { name: 'y', dtype: 'FP32' as const, shape: [2 ** 18], byteLength: 2 ** 20 };
  assert.throws(
    () => writer.place({ name: 'm', version: '1' }, [spec]),
    (caught) => {
      assert.ok(caught instanceof ServingError);
      assert.equal(caught.code, 'TOO_LARGE');
      assert.match(caught.message, /the limit is 1 MiB \(server\.max_message\)$/);
      return true;
    },
  );
});
