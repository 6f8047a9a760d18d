import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../problem.ts';
import { needsNoModel } from '../servable-module/plan.ts';
import { parseTritonServable } from './servable-triton.ts';

const tensors = `platform: "ensemble" max_batch_size: 8
input { name: "in" data_type: TYPE_STRING dims: [ 1 ] }
output [ { name: "out" data_type: TYPE_FP32 dims: [ 3 ] }, { name: "seen" data_type: TYPE_INT32 dims: [ 2 ] } ]
`;
const step = (model: string, from: string, to: string, more = ''): string =>
  `step { model_name: "${model}" ${more} input_map { key: "x" value: "${from}" } ${to} }`;
const gives = (key: string, value: string): string => `output_map { key: "${key}" value: "${value}" }`;

const read = (text: string): ReturnType<typeof parseTritonServable> =>
  parseTritonServable(text, '/r/pair/config.pbtxt');

function refusal(steps: string): string {
  try {
    read(`${tensors}ensemble_scheduling { ${steps} }`);
  } catch (caught) {
    if (caught instanceof ConfigError)
      return caught.problems.map(({ line, message }) => `${line}: ${message}`).join('; ');
    throw caught;
  }
  return assert.fail('it was read');
}

test('ensemble: steps in any order become a chain of the models of other servables, tied by the names of their tensors', () => {
  const second = step('second', 'middle', gives('scores', 'out'), 'model_version: 3');
  const first = step('first', 'in', `${gives('y', 'middle')} ${gives('kept', 'seen')}`, 'model_version: -1');
  const { chains, triton, model } = read(`${tensors}ensemble_scheduling { ${second} ${first} }`);
  assert.deepEqual(
    [needsNoModel(chains), triton, model.inputs, model.outputs],
    [true, { tensors: [], ignored: [] }, [], []],
  );
  assert.deepEqual(chains?.models, [
    { servable: 'first', version: '', file: null },
    { servable: 'second', version: '3', file: null },
  ]);
  const [method] = chains?.methods ?? [];
  assert.deepEqual(
    method?.inputs.map(({ name, dtype, shape }) => [name, dtype, shape]),
    [['in', 'BYTES', [-1, 1]]],
  );
  const common = { kind: 'model', samples: false } as const;
  assert.deepEqual(method?.stages, [
    {
      ...common,
      name: 'first',
      model: 0,
      args: [{ stage: -1, output: 0 }],
      outputs: 2,
      names: { inputs: ['x'], outputs: ['y', 'kept'] },
    },
    {
      ...common,
      name: 'second',
      model: 1,
      args: [{ stage: 0, output: 0 }],
      outputs: 1,
      names: { inputs: ['x'], outputs: ['scores'] },
    },
  ]);
  assert.deepEqual(method?.results, [
    { stage: 1, output: 0 },
    { stage: 0, output: 1 },
  ]);
});

test('ensemble: what does not hang together is refused with its line', () => {
  const both = `${gives('y', 'out')} ${gives('z', 'seen')}`;
  assert.equal(refusal(step('a', 'none', both)), '4: a: no input and no step before it gives "none"');
  assert.equal(
    refusal(`${step('a', 'b', both)} ${step('b', 'c', gives('y', 'b'))} ${step('c', 'd', gives('y', 'd'))}`),
    '4: a: no input and no step before it gives "b"',
  );
  assert.equal(refusal(step('a', 'in', gives('y', 'out'))), '4: no step gives the output "seen"');
  assert.equal(refusal(`${step('a', 'in', both)} ${step('b', 'in', gives('y', 'out'))}`), '4: b: "out" is given twice');
  assert.equal(refusal(step('', 'in', both)), '4: model_name: missing');
  assert.match(refusal(''), /found 0 steps, want 1 to 64/);
});
