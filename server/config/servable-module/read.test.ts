import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ConfigError } from '../problem.ts';
import { readModule } from './read.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mindird-module-'));
after(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** What is wrong with a module, as lines without the folder. */
async function refusal(text: string, timeoutMs?: number): Promise<readonly string[]> {
  const file = put('servable_config.mjs', text);
  try {
    await readModule(file, timeoutMs);
  } catch (caught) {
    assert.ok(caught instanceof ConfigError);
    return caught.problems.map(({ line, path: key, message }) => `${line}: ${key}: ${message}`);
  }
  throw new Error('was not refused');
}

const imports = "import { addStage, configure, declareModel, registerMethod, tensor } from 'mindird/servable';\n";
const x = "{ x: { dtype: 'FP32', shape: [-1, 2], description: 'two numbers' } }";

test('servable module: models, methods and stages, with the files it is made of', async () => {
  put('own.mjs', 'export const half = (x) => x;\n');
  const file = put(
    'servable_config.mjs',
    `${imports}import { half } from './own.mjs';
configure({ workers: 3, memory: '64MiB' });
const own = declareModel();
const other = declareModel({ servable: 'other', version: 2 });
registerMethod({
  name: 'both',
  description: 'one after the other',
  inputs: ${x},
  outputs: { y: { dtype: 'FP32', shape: [-1, 2] }, z: { dtype: 'FP32', shape: [-1, 2] } },
  stages({ x }) {
    const [a, b] = addStage(half, x, { outputs: 2, timeout: '250ms', batchSize: 8 });
    const c = addStage(own, a);
    return { z: addStage(other, c), y: addStage(half, b) };
  },
});
`,
  );
  const plan = await readModule(file);
  assert.deepEqual([plan.workers, plan.memory, plan.functions], [3, 64 * 2 ** 20, 1]);
  assert.deepEqual(
    plan.sources.map((source) => path.basename(source.file)),
    ['servable_config.mjs', 'own.mjs'],
  );
  assert.deepEqual(plan.models, [
    { servable: null, version: '', file: null },
    { servable: 'other', version: '2', file: null },
  ]);
  const [method] = plan.methods;
  assert.equal(method?.description, 'one after the other');
  assert.deepEqual(method?.inputs, [{ name: 'x', dtype: 'FP32', shape: [-1, 2], description: 'two numbers' }]);
  assert.deepEqual(method?.stages, [
    {
      kind: 'function',
      name: 'half',
      args: [{ stage: -1, output: 0 }],
      outputs: 2,
      fn: 0,
      timeoutMs: 250,
      batchSize: 8,
    },
    { kind: 'model', name: 'model', args: [{ stage: 0, output: 0 }], outputs: 1, model: 0, samples: false },
    { kind: 'model', name: 'other', args: [{ stage: 1, output: 0 }], outputs: 1, model: 1, samples: false },
    {
      kind: 'function',
      name: 'half_2',
      args: [{ stage: 0, output: 1 }],
      outputs: 1,
      fn: 0,
      timeoutMs: 5000,
      batchSize: 0,
    },
  ]);
  assert.deepEqual(method?.results, [
    { stage: 3, output: 0 },
    { stage: 2, output: 0 },
  ]);
});

test('servable module: everything that is wrong is told with its line, and unknown keys with the nearest known one', async () => {
  const found = await refusal(`${imports}declareModel({ fiel: 'm.mindir' });
registerMethod({
  name: 'm',
  inputs: { x: { dtpye: 'FP32', shape: 2 } },
  outputs: { y: { dtype: 'FP23', shape: [] } },
  stages({ x }) {
    addStage((t) => t, 4);
    addStage((t) => t, x, { timeuot: '1s' });
    return { z: x };
  },
});
registerMethod({ name: 'n n', inputs: ${x}, outputs: ${x}, stages: ({ x }) => ({ x }) });
registerMethod({ name: 'o', inputs: ${x}, outputs: ${x}, stages: () => nothing });
`);
  assert.deepEqual(found, [
    '2: declareModel.fiel: is not known, the nearest known one is file',
    '3: m.inputs.x.dtpye: is not known, the nearest known one is dtype',
    '3: m.inputs.x.shape: found 2, want a list of sizes, -1 where one is open',
    '3: m.outputs.y.dtype: found "FP23", want one of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES, the nearest is FP32',
    '8: addStage: argument 1 is 4, want an input of the method or a result of a stage',
    '9: addStage.timeuot: is not known, the nearest known one is timeout',
    '3: m.stages.z: is not known, the nearest known one is y',
    '3: m.stages: returns no value for output y',
    '13: registerMethod.name: found "n n", want letters, digits and _',
    '14: o.stages: failed: nothing is not defined',
  ]);
});

test('servable module: what is no module, throws, ends its process or never ends is refused', async () => {
  assert.deepEqual(await refusal('\nconst a = ;\n'), ["2: : SyntaxError: Unexpected token ';'"]);
  assert.deepEqual(await refusal("\nthrow new Error('no');\n"), ['2: : Error: no']);
  assert.deepEqual(await refusal('process.exit(3);\n'), ['0: : ended its process (status 3) while it is imported']);
  assert.deepEqual(await refusal('for (;;) {}\n', 300), ['0: : is not imported within 300 ms']);
  assert.deepEqual(await refusal('export {};\n'), ['0: : registers no method']);
});

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const strips = major > 22 || (major === 22 && minor >= 18);

test('servable module: functions may be TypeScript where Node.js strips types, and are refused by name elsewhere', async () => {
  put('own.ts', "import type { Tensor } from 'mindird/servable';\nexport const same = (x: Tensor): Tensor => x;\n");
  const file = put(
    'servable_config.mjs',
    `${imports}import { same } from './own.ts';
registerMethod({ name: 'm', inputs: ${x}, outputs: ${x}, stages: ({ x }) => ({ x: addStage(same, x) }) });
`,
  );
  if (!strips) {
    await assert.rejects(readModule(file), /own\.ts/);
    return;
  }
  const { sources, methods } = await readModule(file);
  assert.deepEqual(
    sources.map((source) => path.basename(source.file)),
    ['servable_config.mjs', 'own.ts'],
  );
  assert.equal(methods[0]?.stages[0]?.name, 'same');
});
