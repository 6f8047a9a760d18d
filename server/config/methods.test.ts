import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMethod } from './methods.ts';
import { parseServable } from './servable.ts';

test('methods: a name, its arguments and its results', () => {
  assert.deepEqual(parseMethod('add_common(x1, x2) -> (y)'), {
    name: 'add_common',
    inputs: ['x1', 'x2'],
    outputs: ['y'],
  });
  assert.deepEqual(parseMethod(' m(a)->(b,c) '), { name: 'm', inputs: ['a'], outputs: ['b', 'c'] });
  for (const text of [
    '',
    'm',
    'm() -> (y)',
    'm(x) -> ()',
    'm(x, x) -> (y)',
    '1m(x) -> (y)',
    'm(x) -> (y) z',
    'm(x-1) -> (y)',
  ])
    assert.equal(parseMethod(text), undefined, text);
});

test('methods: what is none, or is there twice, is a finding with its line', () => {
  const of = (text: string): unknown =>
    parseServable(`mindspore_serving:\n  methods: ${text}\n`, 'servable_config.yaml');
  assert.throws(() => of('["m x"]'), /found "m x", want NAME\(ARGUMENT, …\) -> \(RESULT, …\)/);
  assert.throws(() => of('["m(x) -> (y)", "m(z) -> (y)"]'), /found "m" twice, want each method once/);
});
