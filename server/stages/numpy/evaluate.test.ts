// Compared with what NumPy 1.21 made of the same functions (test/fixtures/numpy/make.py).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { NumpyFunction } from '../../config/numpy/expression.ts';
import { type NumpyType, numpyTypes } from '../../config/numpy/expression.ts';
import { readNumpyFunctions } from '../../config/numpy/read.ts';
import { projectPath } from '../../util/root.ts';
import type { StageTensor } from '../bind.ts';
import { asValue, made, tensorOf } from './array.ts';
import { runNumpy } from './evaluate.ts';

interface Told {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | boolean | string)[];
}

interface Fixture {
  readonly prologue: string;
  readonly cases: readonly {
    readonly source: string;
    readonly args: readonly Told[];
    readonly results: readonly Told[];
  }[];
}

const { prologue, cases } = JSON.parse(
  readFileSync(projectPath('test', 'fixtures', 'numpy', 'cases.json'), 'utf8'),
) as Fixture;

const typeOf = (name: string): NumpyType => (name === 'bool' ? 'BOOL' : (numpyTypes.get(name) as NumpyType));

function tensor({ dtype, shape, values }: Told): StageTensor {
  return tensorOf(made(typeOf(dtype), shape, (i) => Number(values[i])));
}

function understood(source: string): NumpyFunction {
  const fn = readNumpyFunctions(source).get('f');
  assert.ok(fn !== undefined && 'body' in fn, `${source}: ${JSON.stringify(fn)}`);
  return fn;
}

for (const { source, args, results } of cases)
  test(`numpy: ${source.split('\n').slice(1).join(' ').trim()}`, () => {
    const found = runNumpy(understood(`${prologue}${source}\n`), args.map(tensor));
    assert.equal(found.length, results.length);
    found.forEach((result, i) => {
      const wanted = results[i] as Told;
      assert.deepEqual(result.shape, wanted.shape);
      const value = asValue(result);
      if (value.kind === 'text') return assert.deepEqual([wanted.dtype, value.value], ['text', wanted.values[0]]);
      assert.equal(result.dtype, typeOf(wanted.dtype));
      assert.ok(value.kind === 'array');
      wanted.values.forEach((number, at) => {
        const own = value.data[at] as number;
        // Functions of real numbers differ in their last bits between libraries.
        const near = Math.abs(own - Number(number)) <= 3e-7 * Math.abs(Number(number));
        assert.ok(Object.is(own, Number(number)) || near, `result ${i}, element ${at}: ${own}, want ${number}`);
      });
    });
  });

test('numpy: what is beyond the element type, the array or the limit is a failure with its line, and no guess', () => {
  const line = (source: string, ...args: Told[]): string => {
    try {
      runNumpy(understood(`import numpy as np\n${source}\n`), args.map(tensor));
    } catch (caught) {
      return (caught as Error).message;
    }
    return '';
  };
  const x: Told = { dtype: 'float32', shape: [2], values: [1, 300] };
  const n: Told = { dtype: 'uint8', shape: [2], values: [1, 200] };
  assert.equal(
    line('def f(x):\n    y = x\n    return y.astype(np.uint8)', x),
    'servable_config.py:3: f: the value 300 does not fit UINT8 cannot be worked out',
  );
  assert.match(
    line('def f(n):\n    n = n * 2\n    return n', n),
    /^servable_config\.py:3: f: the value 400 does not fit UINT8/,
  );
  assert.match(line('def f(x):\n    return x[2]', x), /index 2 of 2/);
  assert.match(line('def f(x):\n    return np.argmax(x, axis=1)', x), /axis 1 of 1 dimensions/);
  assert.match(
    line('def f(x, y):\n    return x + y', x, { ...n, shape: [3], values: [1, 2, 3] }),
    /shapes \[2\] and \[3\] side by side/,
  );
  const many: Told = { dtype: 'float32', shape: [2000], values: [] };
  assert.match(
    line('def f(x):\n    return [[[a for a in x] for b in x] for c in x]', many),
    /more than 33554432 elements in one call/,
  );
  const huge: Told = { dtype: 'float32', shape: [3000, 1], values: [] };
  assert.match(
    line('def f(x):\n    return x - np.transpose(x)', huge),
    /an array of 9000000 elements, the most is 4194304/,
  );
});

test('numpy: a function over instances gives for one what its loop yields', () => {
  const [a, b] = [2, 7].map((value) => tensor({ dtype: 'float32', shape: [1], values: [value] }));
  const sources = [
    '    for instance in instances:\n        b = instance[1]\n        yield b - instance[0], b',
    '    for instance in instances:\n        a, b = instance\n        yield b - a, b',
    '    for a, b in instances:\n        yield b - a, b',
  ];
  for (const source of sources) {
    const results = runNumpy(understood(`def f(instances):\n${source}\n`), [a as StageTensor, b as StageTensor]);
    assert.deepEqual(
      results.map(({ bytes }) => [...new Float32Array(Uint8Array.from(bytes).buffer)]),
      [[5], [7]],
      source,
    );
  }
});
