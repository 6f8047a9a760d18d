import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServingError } from '../errors.ts';
import type { Signature } from '../native/binding-types.ts';
import type { NamedTensor } from './request.ts';
import { bind } from './validate.ts';

const signature: Signature = {
  inputs: [
    { name: 'image', dtype: 'FP32', shape: [-1, 2] },
    { name: 'mask', dtype: 'BOOL', shape: [-1] },
  ],
  outputs: [
    { name: 'a', dtype: 'FP32', shape: [-1, 3] },
    { name: 'b', dtype: 'INT64', shape: [-1] },
  ],
  batched: true,
};

function tensor(name: string, dtype: NamedTensor['dtype'], shape: readonly number[], bytes: number): NamedTensor {
  return { name, dtype, shape, bytes: new Uint8Array(bytes) };
}

const image = tensor('image', 'FP32', [2, 2], 16);
const mask = tensor('mask', 'BOOL', [2], 2);

function refusal(inputs: readonly NamedTensor[], outputs?: readonly string[], against = signature): string {
  try {
    bind(against, inputs, outputs);
  } catch (caught) {
    assert.ok(caught instanceof ServingError);
    assert.equal(caught.code, 'INVALID_ARGUMENT');
    return caught.message;
  }
  assert.fail('accepted');
}

test('bind: inputs come into signature order, output sizes are worked out', () => {
  const bound = bind(signature, [mask, image], undefined);
  assert.deepEqual(bound.inputs, [image.bytes, mask.bytes]);
  assert.deepEqual(bound.shapes, [[2, 2], [2]]);
  assert.equal(bound.rows, 2);
  assert.equal(bound.bytes, 18);
  assert.deepEqual(bound.specs, [
    { name: 'a', dtype: 'FP32', shape: [2, 3], byteLength: 24 },
    { name: 'b', dtype: 'INT64', shape: [2], byteLength: 16 },
  ]);
});

test('bind: a tensor of rank 0 stands for a single element', () => {
  const one: Signature = {
    inputs: [{ name: 'x', dtype: 'FP32', shape: [1] }],
    outputs: [{ name: 'y', dtype: 'FP32', shape: [2, 3] }],
    batched: false,
  };
  assert.deepEqual(bind(one, [tensor('x', 'FP32', [], 4)], undefined).shapes, [[1]]);
  const two: Signature = { ...one, inputs: [{ name: 'x', dtype: 'FP32', shape: [2] }] };
  assert.equal(refusal([tensor('x', 'FP32', [], 4)], undefined, two), 'input "x": shape is [], want [2]');
});

test('bind: requested outputs keep their order and know their place in signature order', () => {
  const { wanted, specs } = bind(signature, [image, mask], ['b', 'a']);
  assert.deepEqual(wanted, { outputs: [1, 0], slots: [1, 0] });
  assert.deepEqual(
    specs?.map((spec) => spec.name),
    ['b', 'a'],
  );
  assert.deepEqual(bind(signature, [image, mask], ['b']).wanted, { outputs: [1], slots: [0] });
});

test('bind: sizes unknown before execution are left open', () => {
  const open: Signature = { ...signature, batched: false };
  assert.equal(bind(open, [image, mask], undefined).specs, undefined);
  const rankless: Signature = { ...signature, outputs: [{ name: 'a', dtype: 'FP32', shape: null }] };
  assert.equal(bind(rankless, [image, mask], undefined).specs, undefined);
  const huge: Signature = { ...signature, outputs: [{ name: 'a', dtype: 'FP32', shape: [-1, 2 ** 30] }] };
  assert.equal(bind(huge, [image, mask], undefined).specs, undefined);
});

test('bind: an input of unknown rank takes any shape', () => {
  const any: Signature = { inputs: [{ name: 'x', dtype: 'INT8', shape: null }], outputs: [], batched: false };
  assert.equal(bind(any, [tensor('x', 'INT8', [2, 3, 4], 24)], undefined).bytes, 24);
  assert.match(
    refusal([tensor('x', 'INT8', [2, 3, 4], 23)], undefined, any),
    /^input "x": 23 bytes of data, want 24 for INT8 \[2,3,4\]$/,
  );
});

test('bind: refusals name the tensor, what was found and what was wanted', () => {
  assert.equal(refusal([image]), 'input "mask": missing, the model wants "image", "mask"');
  assert.equal(refusal([image, image, mask]), 'input "image": given twice');
  assert.equal(
    refusal([image, mask, tensor('z', 'BOOL', [2], 2)]),
    'input "z": the model has no such input, it has "image", "mask"',
  );
  assert.equal(refusal([tensor('image', 'FP16', [2, 2], 8), mask]), 'input "image": datatype is FP16, want FP32');
  assert.equal(refusal([tensor('image', 'FP32', [2, 3], 24), mask]), 'input "image": shape is [2,3], want [-1,2]');
  assert.equal(refusal([tensor('image', 'FP32', [2], 8), mask]), 'input "image": shape is [2], want [-1,2]');
  assert.equal(
    refusal([tensor('image', 'FP32', [2, 2], 15), mask]),
    'input "image": 15 bytes of data, want 16 for FP32 [2,2]',
  );
  assert.equal(
    refusal([image, tensor('mask', 'BOOL', [3], 3)]),
    'input "mask": batch size is 3, want 2 as in input "image"',
  );
  assert.equal(refusal([image, mask], ['c']), 'output "c": the model has no such output, it has "a", "b"');
  assert.equal(refusal([image, mask], ['a', 'a']), 'output "a": requested twice');
});

test('bind: shapes whose product is beyond exact numbers are refused', () => {
  const any: Signature = { inputs: [{ name: 'x', dtype: 'INT8', shape: null }], outputs: [], batched: false };
  assert.match(refusal([tensor('x', 'INT8', [2 ** 40, 2 ** 40], 0)], undefined, any), /too many elements$/);
  assert.equal(bind(any, [tensor('x', 'INT8', [2 ** 40, 2 ** 40, 0], 0)], undefined).bytes, 0);
});
