import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Signature } from '../native/binding-types.ts';
import { withInputNames } from './named-inputs.ts';

const signature: Signature = {
  inputs: ['x', 'y'].map((name) => ({ name, dtype: 'FP32', shape: [1] })),
  outputs: [],
  batched: false,
};
const names = (given: readonly string[]): readonly string[] =>
  withInputNames(signature, given).inputs.map(({ name }) => name);

test('inputs: a configuration may name them anew, in graph order, and its own names change nothing', () => {
  assert.equal(withInputNames(signature, []), signature);
  assert.equal(withInputNames(signature, ['y', 'x']), signature);
  assert.deepEqual(names(['a', 'b']), ['a', 'b']);
  assert.deepEqual(names(['x', 'b']), ['x', 'b']);
});

test('inputs: names that leave open what is meant are refused', () => {
  assert.throws(() => names(['a']), {
    code: 'INVALID_MODEL',
    message: 'model.inputs: found "a", the model has "x", "y"',
  });
  assert.throws(() => names(['b', 'x']), {
    message: /where "x" is another input of the model; want the names of all inputs/,
  });
});
