// Every command that takes a model, a repository or a server, tried on plan files; and plan files whose weights came from files of their own.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { EmbedResult } from '../../../server/native/binding-types.ts';
import { readNpz, writeNpz } from '../../../server/npz/npz.ts';
import { projectPath } from '../../../server/util/root.ts';
import { nativeAddon, runToEnd, ServerProcess, Workplace } from '../../support/server-process.ts';
import { standInEnvironment } from './stand-ins.ts';

/** Models that take a second to build, so that the commands are what is looked at. */
const kFixed = 'lenet5';
const kBatched = 'wide_deep_dynamic';

/** Some start servers and measure them, on machines that may be busy. */
const kCommandMs = 480_000;

const cache = mkdtempSync(path.join(tmpdir(), 'mindird-plan-commands-'));
const environment = { MINDIRD_ADDON: nativeAddon, ...standInEnvironment() };
const mindird = (args: readonly string[]) =>
  runToEnd(args, { ...environment, MINDIRD_CACHE_PATH: cache }, cache, kCommandMs);
const network = (file: string): string => projectPath('test', 'networks', file);

/** Writes a plan file into version 1 of a servable. */
function embed(place: Workplace, name: string, model: string, ...more: readonly string[]): string {
  const file = path.join(place.repository, name, '1', 'model.mindplan');
  mkdirSync(path.dirname(file), { recursive: true });
  const { code, err } = mindird(['build', '--embed', file, model, ...more]);
  assert.equal(code, 0, err);
  return file;
}

after(() => rmSync(cache, { recursive: true, force: true }));

describe('commands on plan files', () => {
  const place = new Workplace();
  let server: ServerProcess;
  let file: string;
  before(async () => {
    file = embed(place, kFixed, network(`${kFixed}.mindir`));
    embed(place, kBatched, network(`${kBatched}.mindir`), '--buckets', '1,2');
    server = await ServerProcess.start(place, { args: ['--engine', 'auto'], environment });
  });
  after(async () => {
    await server.close();
    place.close();
  });

  it('check finds them', () => {
    const { code, out } = mindird(['check', '--repository', place.repository]);
    assert.equal(code, 0);
    assert.match(out, /lenet5 \(1\), wide_deep_dynamic \(1\)/);
  });

  it('infer gets the outputs of MindSpore, of more rows than the file has plans for, too', async () => {
    for (const name of [kFixed, kBatched]) {
      const output = path.join(place.folder, `${name}.npz`);
      const inputs = network(`${name}.npz`);
      const { code, err } = mindird(['infer', server.grpcAddress, name, '--inputs', inputs, '--output', output]);
      assert.equal(code, 0, err);
      const wanted = (await readNpz(inputs)).get('output_0');
      const found = (await readNpz(output)).get('output_0');
      assert.ok(wanted !== undefined && found !== undefined);
      assert.deepEqual(found.shape, wanted.shape);
      const [a, b] = [wanted, found].map(({ bytes }) => new Float32Array(Uint8Array.from(bytes).buffer));
      a?.forEach((value, i) => assert.ok(Math.abs(value - (b?.[i] ?? Number.NaN)) < 1e-3, `${name}: ${i}`));
    }
  });

  it('bench measures them', () => {
    const three = ['--shape', 'ids=3,39', '--shape', 'weights=3,39'];
    for (const [name, ...more] of [[kFixed], [kBatched, ...three]] as const) {
      const { code, out, err } = mindird(['bench', server.grpcAddress, name ?? '', '--requests', '5', ...more]);
      assert.equal(code, 0, err);
      assert.match(out, /5 answered, 0 failed/);
    }
  });

  it('report measures them natively and on TensorRT, and says what native is', () => {
    const args = ['report', '--repository', place.repository, '--engines', 'tensorrt', '--cache', cache];
    const { code, out, err } = mindird(args);
    assert.equal(code, 0, err);
    assert.match(out, /lenet5\/1 on tensorrt \(test device on the host/);
    assert.match(out, /warning: lenet5\/1: a plan file holds the graph as optimised/);
  });

  it('report shows why what was written without its subgraphs does not run natively', () => {
    const own = new Workplace();
    try {
      embed(own, kFixed, network(`${kFixed}.mindir`), '--no-fallback');
      const { code, out } = mindird(['report', '--repository', own.repository, '--engines', 'tensorrt']);
      assert.equal(code, 1);
      assert.match(out, /lenet5\/1.*native.*without the subgraph/);
      assert.match(out, /lenet5\/1 on tensorrt/);
    } finally {
      own.close();
    }
  });

  it('a file where a server or a folder is wanted is answered with what to do', () => {
    for (const command of ['infer', 'bench']) {
      const { code, err } = mindird([command, file, kFixed, ...(command === 'infer' ? ['--inputs', 'x.npz'] : [])]);
      assert.equal(code, 1);
      assert.match(err, /model\.mindplan: is a model file, want the address of a server: .*mindird serve --repository/);
    }
    for (const command of ['serve', 'check', 'report']) {
      const { code, out, err } = mindird([command, '--repository', file]);
      assert.notEqual(code, 0);
      assert.match(out + err, /not a folder but a model file, which belongs into NAME\/1\//, command);
    }
  });
});

describe('plan files of models with external weights', () => {
  const place = new Workplace();
  after(() => place.close());

  it('carry them: neither model nor weights are needed, and others in their place change nothing', async () => {
    // x + w, where w are three floats of a file beside the model.
    const folder = path.join(place.folder, 'mindir');
    mkdirSync(folder);
    const model = path.join(folder, 'model.mindir');
    const weights = path.join(folder, 'external_data');
    copyFileSync(projectPath('test', 'fuzz', 'mindir', 'ok_external_parent.mindir'), model);
    copyFileSync(projectPath('test', 'fuzz', 'mindir', 'external_data'), weights);
    const w = new Float32Array(Uint8Array.from(readFileSync(weights)).buffer.slice(0, 12));
    const file = embed(place, 'added', model);
    const told = JSON.parse(mindird(['build', '--embed', file, model, '--json']).out) as EmbedResult;
    assert.equal(told.constant_bytes, 12);
    writeFileSync(weights, new Uint8Array(readFileSync(weights).length));
    rmSync(model);

    const x = Float32Array.from({ length: 6 }, (_, i) => i - 2.5);
    const inputs = path.join(place.folder, 'x.npz');
    await writeNpz(inputs, new Map([['input_0', { dtype: 'FP32', shape: [2, 3], bytes: new Uint8Array(x.buffer) }]]));
    for (const [engine, expected] of [
      ['auto', 'tensorrt'],
      ['cpu', 'cpu'],
    ] as const) {
      const server = await ServerProcess.start(place, { args: ['--engine', engine], environment });
      try {
        const output = path.join(place.folder, `${engine}.npz`);
        const { code, err } = mindird(['infer', server.grpcAddress, 'added', '--inputs', inputs, '--output', output]);
        assert.equal(code, 0, err);
        const report = (await (await fetch(`${server.httpUrl}/v2/models/added/report`)).json()) as {
          readonly native: {
            readonly plans: readonly { readonly partitions: readonly { readonly engine: string }[] }[];
          };
        };
        assert.deepEqual(
          report.native.plans[0]?.partitions.map((one) => one.engine),
          [expected],
        );
        const found = (await readNpz(output)).get('output_0');
        assert.ok(found !== undefined);
        const sums = new Float32Array(Uint8Array.from(found.bytes).buffer);
        assert.deepEqual(
          [...sums],
          [...x].map((value, i) => Math.fround(value + (w[i % 3] ?? Number.NaN))),
        );
      } finally {
        await server.close();
      }
    }
  });
});
