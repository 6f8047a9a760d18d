import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { CheckResult } from './check.ts';
import { check } from './check.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'mindird-check-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(file: string, text = 'x'): void {
  const full = path.join(root, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, text);
}

const run = (file?: string): Promise<CheckResult> =>
  check({ file, environment: {}, flags: { 'repository.path': path.join(root, 'repo') }, cwd: root, home: root });

test('check: a sound repository is ok and listed', async () => {
  put('repo/m/2/a.mindir');
  put('repo/m/10/a.mindir');
  const result = await run();
  assert.equal(result.ok, true);
  assert.deepEqual(
    result.servables.map(({ name, versions }) => [name, [...versions].sort()]),
    [['m', [10, 2]]],
  );
});

test('check: every problem has its place', async () => {
  put('repo/a/servable_config.yaml', 'batching:\n  max_bach: 3\n');
  put('repo/a/1/a.mindir');
  put('repo/b/servable_config.yaml', 'versions: {specific: [1, 7]}\n');
  put('repo/b/1/readme');
  put('repo/b/0/a.mindir');
  const { ok, problems } = await run();
  assert.equal(ok, false);
  assert.deepEqual(
    problems.map(({ source, line, path: key }) => `${path.relative(root, source)}:${line} ${key}`),
    [
      'repo/b/0:0 ',
      'repo/a/servable_config.yaml:2 batching.max_bach',
      'repo/b/1:0 ',
      'repo/b/servable_config.yaml:0 versions.specific',
    ],
  );
});

test('check: fields of a config.pbtxt that have no meaning here are named, and are no problem', async () => {
  put('repo/a/config.pbtxt', 'max_batch_size: 8\nmetric_tags { key: "a" value: "b" }\n');
  put('repo/a/1/model.mindir');
  const { ok, warnings } = await run();
  assert.equal(ok, true);
  const text = 'line 2: metric_tags: has no meaning here';
  assert.deepEqual(warnings, [`${path.join(root, 'repo/a/config.pbtxt')}: ${text}`]);
});

test('check: a broken server file is a problem, not a crash', async () => {
  put('m.yaml', 'engine: {use: gpu}\n');
  const result = await run('m.yaml');
  assert.equal(result.ok, false);
  assert.equal(result.problems[0]?.line, 1);
});

test('check: a missing repository is a problem', async () => {
  const { problems } = await run();
  assert.deepEqual(problems, [
    { source: path.join(root, 'repo'), line: 0, path: '', message: 'no such file or folder' },
  ]);
});

test('check: a method of servable_config.py that is not available is a warning with its place', async () => {
  put('repo/m/1/a.mindir');
  put(
    'repo/m/servable_config.py',
    `model = register.declare_model(model_file="a.mindir", model_format="MindIR")

@register.register_method(output_names=["y"])
def read(x):
    x = register.add_stage(decode, x)
    y = register.add_stage(model, x)
    return y
`,
  );
  const { ok, warnings } = await run();
  assert.equal(ok, true);
  assert.match(
    warnings.join(),
    /^m: a method is not available: read: servable_config\.py:5: the stage decode is a Python function/,
  );
});

test('check: models that a servable_config.mjs declares and that are not there', async () => {
  put('repo/m/1/a.mindir');
  put(
    'repo/m/servable_config.mjs',
    `import { addStage, declareModel, registerMethod } from 'mindird/servable';
const [a, b, c] = [{ file: 'a.mindir' }, { file: 'b.mindir' }, { servable: 'other' }].map(declareModel);
const x = { dtype: 'FP32', shape: [-1] };
registerMethod({
  name: 'm', inputs: { x }, outputs: { x }, stages: ({ x }) => ({ x: addStage(c, addStage(b, addStage(a, x))) }),
});
`,
  );
  const { ok, problems, warnings } = await run();
  assert.equal(ok, false);
  assert.deepEqual(
    problems.map(({ source, message }) => `${path.relative(root, source)}: ${message}`),
    ['repo/m/1: has no file b.mindir, which a stage of its servable runs'],
  );
  assert.deepEqual(warnings, ['m: a stage runs other, and the repository has no such servable']);
});
