// Models written with their engines by `mindird build --embed` and served without the file they were made of: by the engine where the library is the
// one it was built with, by a new one where it differs, by the cpu engine where there is none. All give what MindSpore gives.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectPath } from '../../../server/util/root.ts';
import { CaseServer, type CaseServerOptions, listCases } from '../../models/cases.ts';
import { nativeAddon, runToEnd } from '../../support/server-process.ts';
import { standInEnvironment } from './stand-ins.ts';

const kNames = ['lenet5', 'bert_base', 'wide_deep_dynamic'];
const cases = listCases('networks', { rtol: 1e-3, atol: 1e-4 }).filter(({ name }) => kNames.includes(name));
/** Builds of engines, on machines that may be busy. */
const kCommandMs = 480_000;
const kOld = 'version=110200';
/** The cases of open batch have three rows, one more than any plan of the file is for. */
const kBuckets = [1, 2];
const isBatched = (name: string): boolean => name.endsWith('_dynamic');

let folder: string;
const planFile = (name: string): string => path.join(folder, `${name}.mindplan`);

/** `mindird` with the real addon; `environment` may name the stand-ins. */
function mindird(args: readonly string[], environment: Readonly<Record<string, string>> = standInEnvironment()) {
  const settings = { MINDIRD_ADDON: nativeAddon, MINDIRD_CACHE_PATH: path.join(folder, 'cache'), ...environment };
  return runToEnd(args, settings, folder, kCommandMs);
}

function embed(name: string, ...more: readonly string[]) {
  return mindird(['build', projectPath('test', 'networks', `${name}.mindir`), '--embed', planFile(name), ...more]);
}

async function withServer(options: CaseServerOptions, use: (server: CaseServer) => Promise<void>): Promise<void> {
  const server = await CaseServer.start('networks', cases, 'auto', { file: planFile, ...options });
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

/** Every case matches, and runs where it should; `results` are those of the plans of a case by rows: of none, and of batches of 1 and 2. */
async function checkAll(server: CaseServer, engine: string, results: Readonly<Record<number, string>>): Promise<void> {
  for (const one of cases) {
    assert.equal(await server.refusal(one.name), undefined);
    await server.check(one);
    const { plans } = await server.report(one.name);
    assert.deepEqual(
      plans.map(({ rows, partitions }) => [rows, partitions.map(({ engine: by, cache }) => [by, cache.result])]),
      (isBatched(one.name) ? kBuckets : [0]).map((rows) => [rows, [[engine, results[rows]]]]),
      one.name,
    );
    for (const { rows, partitions } of plans) {
      if (engine === 'tensorrt' && kBuckets.includes(rows))
        assert.deepEqual(partitions[0]?.profiles, { rows: kBuckets, used: rows, why_not: '' });
    }
  }
}

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mindird-plan-files-'));
  for (const { name } of cases) {
    const { code, out, err } = embed(name, ...(isBatched(name) ? ['--buckets', kBuckets.join(',')] : []));
    assert.equal(code, 0, err);
    const which = isBatched(name) ? 'batches 1, 2, ' : '';
    const line = `^TrtNode 0: ${which}\\d+ operators, engine \\d+ bytes, precision fp32, TensorRT 11\\.`;
    assert.match(out, new RegExp(line, 'm'));
    assert.match(out, /: \d+ bytes: 1 engine of \d+ bytes, weights of \d+ bytes\n/);
    assert.equal(out.split('\n').length, 3);
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('plan files', () => {
  it('are served by the engines they carry, without the model they were made of', async () => {
    await withServer({ environment: standInEnvironment() }, async (server) => {
      // Three rows are more than any plan of the file is for: they run in two pieces.
      await checkAll(server, 'tensorrt', { 0: 'embedded', 1: 'embedded', 2: 'embedded' });
      assert.equal(server.process.logged('engine.embedded.unused').length, 0);
    });
  });

  it('are built again for another version of TensorRT, and the log says what differed', async () => {
    await withServer({ environment: standInEnvironment({ nvinfer: kOld }) }, async (server) => {
      // One engine is built for all batch sizes of the file.
      await checkAll(server, 'tensorrt', { 0: 'miss', 1: 'hit', 2: 'miss' });
      const unused = server.process.logged('engine.embedded.unused');
      assert.equal(unused.length, cases.length + 1);
      for (const { cause } of unused) assert.match(String(cause), /TensorRT 11\.[^;]*, here 11\.2\.0/);
    });
  });

  it('serve more rows than they were built for at once, where builds are in the background too', async () => {
    const options = { environment: standInEnvironment(), args: ['--engine-build', 'background'] };
    await withServer(options, async (server) => {
      for (const one of cases.filter(({ name }) => isBatched(name))) {
        await server.check(one);
        const { engine_build, plans } = await server.report(one.name);
        assert.equal(engine_build?.state, 'built');
        assert.deepEqual(
          plans.map(({ rows, partitions }) => [rows, partitions.map(({ engine }) => engine)]),
          kBuckets.map((rows) => [rows, ['tensorrt']]),
        );
      }
    });
  });

  it('are compiled by the cpu engine where there is no TensorRT', async () => {
    await withServer({ environment: { LD_LIBRARY_PATH: '' } }, async (server) => {
      await checkAll(server, 'cpu', { 0: 'miss', 1: 'miss', 2: 'miss' });
      for (const { cause } of server.process.logged('engine.embedded.unused'))
        assert.equal(cause, 'engine cpu comes first');
    });
  });

  it('are built again when the library refuses the engine, and the report says so', async () => {
    await withServer({ environment: standInEnvironment({ nvinfer: 'load=fail' }) }, async (server) => {
      for (const one of cases) await server.check(one);
      const { plans } = await server.report('lenet5');
      assert.equal(plans[0]?.partitions[0]?.embedded?.used, false);
    });
  });

  it('refuse sizes they have no plan for', async () => {
    const { code, err } = mindird(['inspect', planFile('wide_deep_dynamic'), '--shape', 'x=3,1']);
    assert.equal(code, 1);
    assert.match(err, /no input "x"/);
    const stages = mindird(['inspect', planFile('lenet5'), '--shape', 'image=3,1,32,32', '--stage', 'plan']);
    assert.notEqual(stages.code, 0);
  });

  it('show their TrtNodes at every stage', () => {
    for (const stage of ['file', 'graph', 'optimized', 'partitions', 'plan']) {
      const { code, out, err } = mindird(['inspect', planFile('lenet5'), '--stage', stage, '--engine', 'tensorrt,cpu']);
      assert.equal(code, 0, err);
      assert.match(out, /TrtNode/, stage);
      assert.match(out, /precision[ =]"?fp32/, stage);
      assert.match(out, /f32\[2,1,32,32\]/, stage);
      assert.match(out, /TensorRT 11\./, stage);
    }
  });

  it('say which batches an engine is for', () => {
    for (const stage of ['file', 'partitions', 'plan']) {
      const { code, out, err } = mindird(['inspect', planFile('wide_deep_dynamic'), '--stage', stage]);
      assert.equal(code, 0, err);
      assert.match(out, /for batches 1, 2|profile \d of 2/, stage);
    }
    assert.match(
      mindird(['inspect', planFile('wide_deep_dynamic'), '--stage', 'file']).out,
      /where an engine does not fit: one is built for all batch sizes/,
    );
  });

  it('keep the borders of their engines in f16', () => {
    const file = planFile('half');
    const network = projectPath('test', 'networks', 'lenet5.mindir');
    const built = mindird(['build', network, '--embed', file, '--precision', 'fp16']);
    assert.equal(built.code, 0, built.err);
    const { code, out, err } = mindird(['inspect', file, '--stage', 'plan', '--json']);
    assert.equal(code, 0, err);
    const { partitions } = JSON.parse(out) as { partitions: readonly Record<string, Record<string, unknown>>[] };
    assert.deepEqual(
      partitions.map((one) => [one['cache']?.['result'], one['half_borders']]),
      [['embedded', ['output 0']]],
    );
  });

  it('that are damaged are not served, and the reason names the place', async () => {
    const whole = readFileSync(planFile('lenet5'));
    const bad = path.join(folder, 'bad');
    const damaged = Buffer.from(whole);
    damaged[damaged.length - 200] = (damaged[damaged.length - 200] ?? 0) ^ 1;
    writeFileSync(`${bad}.mindplan`, damaged);
    const { code, err } = mindird(['inspect', `${bad}.mindplan`, '--stage', 'plan', '--engine', 'cpu']);
    assert.equal(code, 1);
    assert.match(err, /bad\.mindplan: .*damaged/);
    writeFileSync(`${bad}.mindplan`, whole.subarray(0, 1000));
    assert.match(mindird(['inspect', `${bad}.mindplan`]).err, /bad\.mindplan: .*truncated|manifest of/);
  });

  it('store what graphs share once, and less without the subgraphs', () => {
    const small = path.join(folder, 'small.mindplan');
    const model = projectPath('test', 'networks', 'lenet5.mindir');
    const { code, err } = mindird(['build', model, '--embed', small, '--no-fallback']);
    assert.equal(code, 0, err);
    // Its weights take 26 336 bytes.
    assert.ok(statSync(small).size < statSync(planFile('lenet5')).size - 26_000);
    const refused = mindird(['inspect', small, '--stage', 'plan', '--engine', 'cpu']);
    assert.match(refused.err, /without the subgraph/);
    assert.equal(mindird(['inspect', small, '--stage', 'plan', '--engine', 'tensorrt,cpu']).code, 0);
  });

  it('are not written where TensorRT is missing or took nothing', () => {
    const before = readdirSync(folder).length;
    const model = projectPath('test', 'networks', 'lenet5.mindir');
    const output = path.join(folder, 'none.mindplan');
    const missing = mindird(['build', model, '--embed', output], { LD_LIBRARY_PATH: '' });
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^mindird: --embed: TensorRT is not available: .*\n$/);
    const fails = { ...standInEnvironment({ nvinfer: 'build=fail' }), MINDIRD_CACHE_PATH: path.join(folder, 'cache2') };
    const nothing = mindird(['build', model, '--embed', output], fails);
    assert.equal(nothing.code, 1);
    assert.match(nothing.err, /no subgraph went to an engine that a plan file can hold, nothing is written: /);
    const open = projectPath('test', 'networks', 'bert_base_dynamic.mindir');
    assert.equal(mindird(['build', planFile('lenet5'), '--embed', output]).code, 1);
    assert.equal(mindird(['build', open]).code, 2);
    assert.equal(readdirSync(folder).filter((name) => name !== 'cache2').length, before);
  });
});
