import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ConfigError } from '../problem.ts';
import type { ServableConfig } from '../servable-fields.ts';
import { readTritonServable } from './servable-triton.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'mindird-ensembles-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(name: string, text: string, file = 'config.pbtxt'): void {
  mkdirSync(path.join(root, name), { recursive: true });
  writeFileSync(path.join(root, name, file), text);
}

const step = (model: string, inputs: string, outputs: string, more = ''): string => {
  const maps = (field: string, pairs: string): string =>
    pairs
      .split(' ')
      .map((pair) => pair.split('='))
      .map(([key, value]) => `${field} { key: "${key}" value: "${value}" }`)
      .join(' ');
  return `step { model_name: "${model}" ${more} ${maps('input_map', inputs)} ${maps('output_map', outputs)} }`;
};
const tensor = (section: string, name: string, type = 'FP32', dims = '3'): string =>
  `${section} { name: "${name}" data_type: TYPE_${type} dims: [ ${dims} ] }`;

/** An ensemble from x to y. */
function ensemble(name: string, steps: string, more = ''): void {
  const tensors = `${tensor('input', 'x')}\n${tensor('output', 'y')}`;
  put(name, `platform: "ensemble" max_batch_size: 8\n${tensors}\nensemble_scheduling { ${steps} }\n${more}`);
}

const read = (name: string, looked?: Set<string>): ServableConfig =>
  readTritonServable(path.join(root, name, 'config.pbtxt'), looked);

function refusal(name: string): string {
  try {
    read(name);
  } catch (caught) {
    if (caught instanceof ConfigError)
      return caught.problems.map(({ line, message }) => `${line}: ${message}`).join('; ');
    throw caught;
  }
  return assert.fail('it was read');
}

/** The stages of an ensemble as `name(arguments)`, an argument as its stage and output, and where the results come from. */
function chainOf(name: string): string[] {
  const { chains } = read(name);
  const [method] = chains?.methods ?? [];
  const text = (sources: readonly { readonly stage: number; readonly output: number }[]): string =>
    sources.map(({ stage, output }) => (stage < 0 ? `in${output}` : `${stage}.${output}`)).join(' ');
  const stages = (method?.stages ?? []).map((stage) => {
    const model = stage.kind === 'model' ? chains?.models[stage.model] : undefined;
    const names = stage.kind === 'model' ? stage.names : undefined;
    return `${stage.name} ${model?.servable}/${model?.version} ${names?.inputs}(${text(stage.args)}) ${names?.outputs}`;
  });
  return [...stages, text(method?.results ?? [])];
}

test('ensembles within ensembles: the inner steps stand in the place of the step, whatever the order', () => {
  ensemble('inner', `${step('b', 'q=m', 'r=y')} ${step('a', 'p=x', 'o=m', 'model_version: 2')}`);
  ensemble('middle', `${step('inner', 'x=x', 'y=t')} ${step('c', 's=t', 'u=y')}`);
  ensemble(
    'outer',
    `${step('d', 'v=2nd', 'w=y')} ${step('middle', 'x=1st', 'y=2nd')} ${step('inner', 'x=x', 'y=1st')}`,
  );
  assert.deepEqual(chainOf('outer'), [
    'inner.a a/2 p(in0) o',
    'inner.b b/ q(0.0) r',
    'middle.inner.a a/2 p(1.0) o',
    'middle.inner.b b/ q(2.0) r',
    'middle.c c/ s(3.0) u',
    'd d/ v(4.0) w',
    '5.0',
  ]);
});

test('ensembles within ensembles: outputs that are inputs, and outputs nobody asks for', () => {
  put(
    'split',
    `platform: "ensemble" ${['p', 'q'].map((name) => tensor('input', name)).join(' ')}
${['q', 'made', 'left'].map((name) => tensor('output', name)).join(' ')}
ensemble_scheduling { ${step('a', 'x=p y=q', 'o=made n=left')} }`,
  );
  put(
    'outer',
    `platform: "ensemble" ${tensor('input', 'x')} ${tensor('output', 'same')} ${tensor('output', 'y')}
ensemble_scheduling { ${step('split', 'q=x p=x', 'made=y q=same')} }`,
  );
  assert.deepEqual(chainOf('outer'), ['split.a a/ x,y(in0 in0) o,n', 'in0 0.0']);
});

test('ensembles within ensembles: one that is a step of itself is refused with the way there', () => {
  ensemble('alone', step('alone', 'x=x', 'y=y'));
  assert.equal(refusal('alone'), '4: alone → alone: an ensemble cannot be a step of itself');
  ensemble('a', step('b', 'x=x', 'y=y'));
  ensemble('b', `\n${step('c', 'x=x', 'y=y')}`);
  ensemble('c', step('a', 'x=x', 'y=y'));
  const text = 'an ensemble cannot be a step of itself';
  assert.equal(refusal('a'), `4: b/config.pbtxt: line 5: c/config.pbtxt: line 4: a → b → c → a: ${text}`);
});

test('ensembles within ensembles: depth and number of steps are bounded', () => {
  ensemble('e1', step('model', 'x=x', 'y=y'));
  for (let i = 2; i <= 9; i++) ensemble(`e${i}`, step(`e${i - 1}`, 'x=x', 'y=y'));
  assert.equal(chainOf('e8').length, 2);
  assert.match(refusal('e9'), /e9 → e8 → .* → e2 → e1: more than 8 ensembles within each other$/);
  const row = (name: string, model: string, steps: number): void => {
    const places = Array.from({ length: steps }, (_, i) => `y=${i + 1 === steps ? 'y' : `t${i}`}`);
    ensemble(name, places.map((to, i) => step(model, `x=${i === 0 ? 'x' : `t${i - 1}`}`, to)).join('\n'));
  };
  row('wide1', 'model', 60);
  row('wide4', 'wide1', 4);
  assert.equal(chainOf('wide4').length, 241);
  for (let i = 5; i <= 8; i++) row(`wide${i}`, i === 5 ? 'wide1' : `wide${i - 1}`, 60);
  const start = process.cpuUsage();
  assert.match(refusal('wide8'), /the ensembles in it come to more than 256 steps/);
  assert.ok(process.cpuUsage(start).user < 2e6, 'what is too much is not done first');
});

test('ensembles within ensembles: what does not fit is refused with its place', () => {
  ensemble('inner', step('a', 'p=x', 'o=y'));
  ensemble('names', step('inner', 'z=x', 'w=y'));
  assert.equal(
    refusal('names'),
    '4: inner: has no input "z", it has x; 4: inner: has no output "w", it has y; 4: inner: its input "x" is given nothing',
  );
  put(
    'types',
    `${tensor('input', 'i', 'INT32')} ${tensor('output', 'o')}
max_batch_size: 8
ensemble_scheduling { ${step('inner', 'x=i', 'y=o')} }`,
  );
  assert.equal(refusal('types'), '3: inner: input "x": datatype is INT32, want FP32');
  put(
    'shapes',
    `${tensor('input', 'i')} ${tensor('output', 'o', 'FP32', '4')}
max_batch_size: 8
ensemble_scheduling { ${step('inner', 'x=i', 'y=o')} }`,
  );
  assert.equal(refusal('shapes'), '3: output "o": shape is [-1,3], want [-1,4]');
  put(
    'rows',
    `${tensor('input', 'i')} ${tensor('output', 'o', 'FP32', '-1, 3')}
ensemble_scheduling { ${step('inner', 'x=i', 'y=o')} }`,
  );
  assert.equal(refusal('rows'), '2: inner: input "x": shape is [3], want [-1,3]');
  ensemble('broken', step('a', 'p=none', 'o=y'));
  ensemble('outer', step('broken', 'x=x', 'y=y'));
  assert.equal(refusal('outer'), '4: broken/config.pbtxt: line 4: a: no input and no step before it gives "none"');
  put('unread', 'ensemble_scheduling { stop {} }');
  ensemble('asks', step('unread', 'x=x', 'y=y'));
  assert.match(refusal('asks'), /^4: unread\/config\.pbtxt: line 1: unknown key, the nearest known one is step$/);
  ensemble('stateful', step('a', 'p=x', 'o=y'), 'sequence_batching { }');
  ensemble('asks', step('stateful', 'x=x', 'y=y'));
  assert.match(refusal('asks'), /^4: stateful\/config\.pbtxt: line 5: models that keep state/);
});

test('ensembles within ensembles: a version of the inner one is that of its folder', () => {
  ensemble('inner', step('a', 'p=x', 'o=y'));
  for (const version of [1, 3]) ensemble(`asks${version}`, step('inner', 'x=x', 'y=y', `model_version: ${version}`));
  assert.equal(chainOf('asks1').length, 2);
  assert.equal(refusal('asks3'), '4: inner: has no version 3');
  mkdirSync(path.join(root, 'inner/3'));
  assert.equal(chainOf('asks3').length, 2);
  assert.equal(refusal('asks1'), '4: inner: has no version 1');
});

test('ensembles within ensembles: a step is a model where another file goes before its config.pbtxt, and all that was looked at is told', () => {
  ensemble('inner', step('a', 'p=x', 'o=y'));
  put('inner', '', 'servable_config.yaml');
  put('model', 'max_batch_size: 8');
  ensemble('outer', `${step('inner', 'x=x', 'y=t')} ${step('model', 'x=t', 'y=u')} ${step('../other', 'x=u', 'y=y')}`);
  assert.deepEqual(chainOf('outer'), [
    'inner inner/ x(in0) y',
    'model model/ x(0.0) y',
    '.._other ../other/ x(1.0) y',
    '2.0',
  ]);
  const looked = new Set<string>();
  read('outer', looked);
  const files = ['servable_config.yaml', 'servable_config.py', 'config.pbtxt'];
  assert.deepEqual(
    [...looked].map((file) => path.relative(root, file)),
    ['inner/servable_config.yaml', ...files.map((file) => `model/${file}`)],
  );
});
