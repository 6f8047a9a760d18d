import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Signature } from '../native/binding-types.ts';
import { requireTensors } from './expected-tensors.ts';

const signature: Signature = {
  inputs: [{ name: 'x', dtype: 'FP32', shape: [-1, 3] }],
  outputs: [
    { name: 'y', dtype: 'INT64', shape: [] },
    { name: 'z', dtype: 'FP32', shape: null },
  ],
  batched: true,
};
const refused = (text: string, message: string): void =>
  assert.throws(() => requireTensors(signature, [text]), { code: 'INVALID_MODEL', message });

test('tensors: those of the configuration have to be those of the model', () => {
  requireTensors(signature, ['input x FP32 -1,3', 'input x FP32 8,-1', 'output y INT64 ', 'output z FP32 1,2']);
  refused('input x FP16 -1,3', 'input "x": the configuration says FP16, the model has FP32');
  refused('input x FP32 -1,4', 'input "x": the configuration says [-1,4], the model has [-1,3]');
  refused('input x FP32 -1,3,1', 'input "x": the configuration says [-1,3,1], the model has [-1,3]');
  refused('output y INT64 1', 'output "y": the configuration says [1], the model has []');
  refused('output w FP32 1', 'output "w": the configuration says "w", the model has "y", "z"');
});
