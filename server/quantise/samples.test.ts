import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { DType, TensorSpec } from '../native/binding-types.ts';
import type { NpyArray } from '../npz/npy.ts';
import { writeNpz } from '../npz/npz.ts';
import { readSamples } from './samples.ts';
import { floatsOf } from './weights.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mindird-samples-'));
after(() => rmSync(folder, { recursive: true }));

const floats = (shape: readonly number[], values?: readonly number[]): NpyArray => {
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length: count }, (_, i) => values?.[i] ?? i);
  return { dtype: 'FP32', shape, bytes: new Uint8Array(data.buffer) };
};
const spec = (name: string, shape: readonly number[], dtype: DType = 'FP32'): TensorSpec => ({ name, shape, dtype });
let count = 0;
async function file(arrays: Readonly<Record<string, NpyArray>>): Promise<string> {
  const place = path.join(folder, `${count++}.npz`);
  await writeNpz(place, new Map(Object.entries(arrays)));
  return place;
}

test('samples are cut along dimension 0 into as many rows as the model takes', async () => {
  const data = await file({ image: floats([6, 2]), input_1: floats([3, 1]) });
  const samples = await readSamples(data, [spec('image', [2, 2]), spec('other', [-1, 1])], 10);
  assert.equal(samples.length, 3);
  assert.deepEqual(samples[1]?.shapes, [
    [2, 2],
    [1, 1],
  ]);
  assert.deepEqual([...floatsOf(samples[1]?.inputs[0] ?? new Uint8Array())], [4, 5, 6, 7]);
});

test('a folder gives the samples of its files, no more than asked for', async () => {
  const place = path.join(folder, 'many');
  mkdirSync(place);
  for (const name of ['b.npz', 'a.npz']) await writeNpz(path.join(place, name), new Map([['x', floats([2, 1])]]));
  writeFileSync(path.join(place, 'notes.txt'), '');
  assert.equal((await readSamples(place, [spec('x', [1, 1])], 3)).length, 3);
  assert.equal((await readSamples(place, [spec('x', [1, 1])], 9)).length, 4);
});

const wrong: readonly {
  readonly name: string;
  readonly arrays: Readonly<Record<string, NpyArray>>;
  readonly inputs?: readonly TensorSpec[];
  readonly message: RegExp;
}[] = [
  {
    name: 'a wrong name',
    arrays: { picture: floats([1, 2]) },
    message: /no array for input "x" \(by name or as input_0\), the file has picture/,
  },
  {
    name: 'a wrong type',
    arrays: { x: { dtype: 'INT64', shape: [1, 2], bytes: new Uint8Array(16) } },
    message: /array "x": elements are INT64, input "x" wants FP32/,
  },
  {
    name: 'a wrong shape',
    arrays: { x: floats([4, 3]) },
    message: /array "x": shape is 4×3, input "x" wants 2×2 with any number of samples/,
  },
  { name: 'a wrong rank', arrays: { x: floats([4]) }, message: /array "x": shape is 4, input "x" wants/ },
  { name: 'half a sample', arrays: { x: floats([3, 2]) }, message: /array "x": 3 rows, want a multiple of the 2/ },
  { name: 'nothing', arrays: { x: floats([0, 2]) }, message: /array "x": is empty/ },
  {
    name: 'NaN',
    arrays: { x: floats([4, 2], [0, 1, 2, 3, 4, Number.NaN]) },
    message: /array "x": element \[2,1\] is NaN/,
  },
  {
    name: 'infinity',
    arrays: { x: floats([2, 2], [0, Number.POSITIVE_INFINITY]) },
    message: /array "x": element \[0,1\] is Infinity/,
  },
  {
    name: 'inputs of different numbers of samples',
    arrays: { x: floats([4, 2]), y: floats([3, 1]) },
    inputs: [spec('x', [2, 2]), spec('y', [1, 1])],
    message: /3 samples of input "y", 2 of "x"/,
  },
];
for (const { name, arrays, inputs, message } of wrong)
  test(`samples: ${name} is refused`, async () => {
    const data = await file(arrays);
    await assert.rejects(readSamples(data, inputs ?? [spec('x', [2, 2])], 9), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(data), error.message);
      return true;
    });
  });

test('what is not there, a folder without files and a file that is no archive are told', async () => {
  await assert.rejects(readSamples(path.join(folder, 'none.npz'), [], 1), /none\.npz: not found, want an \.npz file/);
  const empty = path.join(folder, 'empty');
  mkdirSync(empty);
  await assert.rejects(readSamples(empty, [spec('x', [1])], 1), /empty: no \.npz files in this folder/);
  const broken = path.join(folder, 'broken.npz');
  writeFileSync(broken, 'no archive');
  await assert.rejects(readSamples(broken, [spec('x', [1])], 1), /broken\.npz/);
});
