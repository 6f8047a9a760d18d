import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DType } from '../../native/binding-types.ts';
import { bindInputs } from './bind-inputs.ts';

const array = (shape: readonly number[], dtype: DType = 'FP32') => ({ dtype, shape, bytes: new Uint8Array(0) });
const input = (name: string, shape: readonly number[], dtype: DType = 'FP32') => ({ name, dtype, shape });
const bound = (wanted: readonly number[], found: readonly number[]) =>
  bindInputs([input('x', wanted)], new Map([['input_0', array(found)]]), 'a.npz');

test('bind: by name before position', () => {
  const arrays = new Map([
    ['y', array([1])],
    ['input_0', array([2])],
  ]);
  assert.deepEqual(
    bindInputs([input('x', [-1]), input('y', [-1])], arrays, 'a.npz').map(({ name, shape }) => [name, shape]),
    [
      ['x', [2]],
      ['y', [1]],
    ],
  );
});

test('bind: unknown sizes fit any size, a lone one any number of axes', () => {
  assert.deepEqual(bound([-1, 3], [5, 3])[0]?.shape, [5, 3]);
  assert.deepEqual(bound([-1], [2, 3])[0]?.shape, [2, 3]);
  assert.throws(() => bound([-1, 3], [5, 4]), /a\.npz: input "x": array is 5×4, the model wants \?×3/);
  assert.throws(() => bound([-1, -1], [5]), /the model wants/);
});

test('bind: bfloat16 comes as uint16, other types must be equal, absent arrays are named', () => {
  const one = (wanted: DType, found: DType) =>
    bindInputs([input('x', [1], wanted)], new Map([['x', array([1], found)]]), 'a.npz')[0]?.dtype;
  assert.equal(one('BF16', 'UINT16'), 'BF16');
  assert.throws(() => one('FP32', 'FP64'), /array is FP64, the model wants FP32/);
  assert.throws(
    () => bindInputs([input('x', [1])], new Map([['z', array([1])]]), 'a.npz'),
    /no array for input "x".*the file has z/,
  );
});
