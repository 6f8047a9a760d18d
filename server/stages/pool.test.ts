import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { moduleOf } from '../../test/support/stage-fixture.ts';
import { until } from '../../test/support/until.ts';
import type { FunctionStage, ModulePlan } from '../config/servable-module/plan.ts';
import type { WireTensor } from '../config/servable-module/wire.ts';
import { ServingError } from '../errors.ts';
import { type Called, StagePool } from './pool.ts';

const text = `import { addStage, configure, InvalidArgument, registerMethod, tensor } from 'mindird/servable';
configure({ memory: '32MiB', maxQueue: 8 });
const t = { dtype: 'FP32', shape: [-1] };
const stage = (name, fn, options) =>
  registerMethod({ name, inputs: { x: t }, outputs: { y: t }, stages: ({ x }) => ({ y: addStage(fn, x, options) }) });
let calls = 0;
stage('negate', (x) => tensor(x.data.map((v) => -v), x.shape));
stage('count', () => tensor(new Float32Array([++calls])));
stage('fail', () => { throw new Error('no luck'); });
stage('refuse', () => { throw new InvalidArgument('want another'); });
stage('wrong', () => ({ dtype: 'FP32', shape: [2], data: new Float32Array(3) }));
stage('hang', () => { for (;;); }, { timeout: '100ms' });
stage('exit', () => process.exit(1));
stage('greedy', () => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); });
// The size of the list and what is in it; a call of -1 cannot be taken.
stage('batch', (list) => list.map(([x]) => {
  if (x.data[0] === -1) throw new Error('minus one');
  return tensor(new Float32Array([list.length, x.data[0]]));
}), { batchSize: 4 });
stage('slow', (x) => new Promise((resolve) => setTimeout(() => resolve(x), 100)));
`;

let plan: ModulePlan;
let remove: () => void;
let pool: StagePool;
const log = { warn: () => undefined };

before(async () => {
  ({ plan, remove } = await moduleOf(text));
  pool = new StagePool(plan, 'm/1', log);
  assert.equal(await pool.start(), '');
});
after(async () => {
  await pool.close();
  remove();
});

function stageOf(name: string): FunctionStage {
  const stage = plan.methods.find((method) => method.name === name)?.stages[0];
  if (stage?.kind !== 'function') throw new Error(`no stage ${name}`);
  return stage;
}

const wire = (...values: number[]): WireTensor => ({
  dtype: 'FP32',
  shape: [values.length],
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

function call(name: string, ...values: number[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    pool.call(stageOf(name), [wire(...values)], (outcome: Called | ServingError) => {
      if (outcome instanceof ServingError) return reject(outcome);
      const { bytes } = outcome.results[0] as WireTensor;
      resolve([...new Float32Array(Uint8Array.from(bytes).buffer)]);
    });
  });
}

const failure = (name: string, ...values: number[]): Promise<string> =>
  call(name, ...values).then(
    () => assert.fail('did not fail'),
    (error: ServingError) => `${error.code}: ${error.message}`,
  );

test('pool: a function runs in a process that goes on to the next call', async () => {
  assert.deepEqual(await call('negate', 1, -2), [-1, 2]);
  assert.deepEqual(await call('count'), [1]);
  assert.deepEqual(await call('count'), [2]);
});

test('pool: arguments may be views anywhere in memory', async () => {
  const memory = Buffer.alloc(64);
  const values = Float32Array.of(3, 5);
  memory.set(new Uint8Array(values.buffer), 13);
  const args: WireTensor[] = [{ dtype: 'FP32', shape: [2], bytes: memory.subarray(13, 21) }];
  const found = await new Promise<Called | ServingError>((resolve) => pool.call(stageOf('negate'), args, resolve));
  assert.ok(!(found instanceof ServingError));
  const { bytes } = found.results[0] as WireTensor;
  assert.deepEqual([...new Float32Array(Uint8Array.from(bytes).buffer)], [-3, -5]);
});

test('pool: what a function throws fails its call alone, and is the caller’s fault only where it says so', async () => {
  const first = await call('count');
  assert.equal(await failure('fail'), 'STAGE_FAILED: no luck');
  assert.equal(await failure('refuse'), 'INVALID_ARGUMENT: want another');
  assert.equal(await failure('wrong'), 'STAGE_FAILED: result 1: data has 3 elements, want 2 for shape [2]');
  assert.deepEqual(await call('count'), [(first[0] ?? 0) + 1]);
});

test('pool: a process that hangs, ends or takes too much memory is replaced, and the calls behind it are answered', async () => {
  for (const [name, expected] of [
    ['hang', 'STAGE_FAILED: took longer than its timeout of 100 ms'],
    ['exit', 'STAGE_FAILED: ended its process (status 1)'],
    ['greedy', 'STAGE_FAILED: used more than its memory'],
  ] as const) {
    const { replaced } = pool;
    const failed = failure(name);
    const behind = call('count');
    assert.equal(await failed, expected);
    assert.deepEqual(await behind, [1], 'by a new process');
    assert.equal(pool.replaced, replaced + 1);
  }
});

test('pool: calls that wait are taken together, and where one fails each runs alone', async () => {
  const slow = call('slow', 0);
  await until(() => pool.waiting === 0, 'the slow call to run');
  const together = [call('batch', 1), call('batch', 2), call('batch', 3), call('batch', 4), call('batch', 5)];
  assert.deepEqual(await Promise.all(together), [
    [4, 1],
    [4, 2],
    [4, 3],
    [4, 4],
    [1, 5],
  ]);
  await slow;
  const again = call('slow', 0);
  await until(() => pool.waiting === 0, 'the slow call to run');
  const mixed = [call('batch', 7), failure('batch', -1), call('batch', 8)];
  assert.deepEqual(await Promise.all(mixed), [[1, 7], 'STAGE_FAILED: minus one', [1, 8]]);
  await again;
});

test('pool: beyond maxQueue calls are refused, and one that is given up is not run', async () => {
  const slow = call('slow', 0);
  await until(() => pool.waiting === 0, 'the slow call to run');
  const [before] = await Promise.all([call('count'), slow]);
  const again = call('slow', 0);
  const giveUp = pool.call(stageOf('count'), [wire(0)], () => assert.fail('was given up'));
  giveUp();
  const waiting = Array.from({ length: 8 }, () => call('negate', 1));
  assert.throws(
    () => pool.call(stageOf('negate'), [wire(1)], () => undefined),
    /8 calls of functions wait, the limit is 8/,
  );
  await Promise.all([again, ...waiting]);
  assert.deepEqual(await call('count'), [(before?.[0] ?? 0) + 1]);
});

test('pool: closing refuses what waits and what runs', async () => {
  const own = new StagePool(plan, 'm/2', log);
  assert.equal(await own.start(), '');
  const codes: string[] = [];
  for (const name of ['slow', 'negate'])
    own.call(stageOf(name), [wire(1)], (outcome) => codes.push(outcome instanceof ServingError ? outcome.code : 'OK'));
  await own.close();
  assert.deepEqual(codes, ['NOT_READY', 'NOT_READY']);
});
