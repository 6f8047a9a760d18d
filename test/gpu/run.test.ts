// test/gpu/run.py on the project's stand-ins for driver and library: what it would do on a GPU, up to the meaning of the times.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon } from '../support/server-process.ts';
import { patienceMs } from '../support/until.ts';

const python = projectPath('build', 'venv', 'bin', 'python');
const release = path.dirname(nativeAddon);

interface Item {
  readonly error?: string;
  readonly device?: string;
  readonly subgraphs?: number;
  readonly cuda_graphs?: boolean;
  readonly cosine?: number;
  readonly tf32?: boolean;
  readonly runs?: number;
  readonly article_us?: number;
  readonly run_us?: Readonly<Record<string, number>>;
  readonly load?: { readonly processors: number };
  readonly load_after?: { readonly processors: number };
  readonly from_cache?: boolean;
}

let folder: string;

function execute(program: string, args: readonly string[]): { readonly code: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 5 * patienceMs });
  return { code: status, out: `${stdout}${stderr}` };
}

const run = (...args: readonly string[]): { readonly code: number | null; readonly out: string } =>
  execute(python, [
    path.join(folder, 'run.py'),
    '--result',
    path.join(folder, 'result.json'),
    '--libraries',
    path.join(release, 'fake_gpu'),
    ...['--seconds', '6000', '--torch-modes', '', '--networks', 'lenet5', '--batches', '1', ...brief, ...args],
  ]);

/** As many runs as a test has patience for. */
const brief = ['--runs', '10', '--least-runs', '10', '--least-seconds', '0', '--warm-up-seconds', '0'];
const withTorch = ['--torch-bench', projectPath('test', 'gpu', 'rehearsal', 'stand_in_torch.py'), '--torch-modes'];

const items = (): Record<string, Item> =>
  (JSON.parse(readFileSync(path.join(folder, 'result.json'), 'utf8')) as { items: Record<string, Item> }).items;

before(() => {
  // The folder that unpack.sh makes.
  folder = mkdtempSync(path.join(tmpdir(), 'mindird-gpu-'));
  for (const name of readdirSync(projectPath('test', 'gpu')).filter((file) => file.endsWith('.py')))
    copyFileSync(projectPath('test', 'gpu', name), path.join(folder, name));
  symlinkSync(release, path.join(folder, 'bin'));
  symlinkSync(projectPath('test', 'networks'), path.join(folder, 'small'));
  mkdirSync(path.join(folder, 'networks'));
  const unpack = 'import lzma, sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())';
  const text = execute(python, ['-c', unpack, projectPath('test', 'gpu', 'networks', 'lenet5.1.ir.xz')]);
  assert.equal(text.code, 0, text.out);
  writeFileSync(path.join(folder, 'networks', 'lenet5.1.ir'), text.out);
});

after(() => rmSync(folder, { recursive: true }));

describe('gpu: run.py', () => {
  it('begins nothing that may not end in time', () => {
    const { code, out } = run('--seconds', '10');
    assert.equal(code, 3, out);
    assert.match(out, /^0 items, 0 failed, 6 left for another call$/m);
  });

  it('cuts short what does not end in time, and leaves it for another call', () => {
    const endless = ['--warm-up-seconds', '600', '--seconds', '1.5', '--begin-seconds=-1000'];
    const { code, out } = run('--result', path.join(folder, 'cut.json'), '--precisions', 'fp32', ...endless);
    assert.equal(code, 3, out);
    for (const mode of ['graph', 'enqueue'])
      assert.match(out, new RegExp(`^latency/lenet5/1/fp32/tensorrt-${mode}: cut short, left for another call$`, 'm'));
    assert.match(out, /^\d items, 0 failed, \d left for another call$/m);
  });

  it('checks a network and measures it, with and without a CUDA graph', () => {
    const { code, out } = run();
    assert.equal(code, 0, out);
    const found = items();
    assert.deepEqual(Object.keys(found).sort(), [
      'check/lenet5/fp16',
      'check/lenet5/fp32',
      'latency/lenet5/1/fp16/tensorrt-enqueue',
      'latency/lenet5/1/fp16/tensorrt-graph',
      'latency/lenet5/1/fp32/tensorrt-enqueue',
      'latency/lenet5/1/fp32/tensorrt-graph',
    ]);
    for (const [key, item] of Object.entries(found)) {
      assert.equal(item.subgraphs, 1, key);
      assert.match(item.device ?? '', /test device on the host/, key);
      assert.equal(item.cuda_graphs, !key.endsWith('enqueue'), key);
      assert.equal(item.tf32, false, key);
      if (!key.startsWith('latency')) continue;
      assert.equal(item.runs, 10, key);
      assert.deepEqual(Object.keys(item.run_us ?? {}).sort(), ['max', 'mean', 'min', 'p50', 'p99', 'stddev'], key);
      assert.ok((item.article_us ?? 0) > 0, key);
      assert.ok((item.load?.processors ?? -1) >= 0 && (item.load_after?.processors ?? -1) >= 0, key);
    }
    assert.ok((found['check/lenet5/fp16']?.cosine ?? 0) >= 0.999);
    assert.notEqual(found['check/lenet5/fp16']?.cosine, 1, 'fp16 gave the very numbers of fp32');
    const log = readFileSync(path.join(folder, 'work', 'verbose.log'), 'utf8');
    assert.match(log, /^\[info\] Engine generation completed\.$/m);
  });

  it('measures until both of the least are reached, or the most', () => {
    const key = 'latency/lenet5/1/fp32/tensorrt-graph';
    const runsWith = (name: string, ...limits: readonly string[]): number => {
      const { code, out } = run('--result', path.join(folder, name), '--precisions', 'fp32', ...limits);
      assert.equal(code, 0, out);
      const result = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as { items: Record<string, Item> };
      return result.items[key]?.runs ?? 0;
    };
    assert.equal(runsWith('least.json', '--runs', '1000', '--least-runs', '7'), 7);
    assert.equal(runsWith('most.json', '--runs', '5', '--least-seconds', '600'), 5);
  });

  it('measures PyTorch in one process, each mode once, and compares what the two sides computed', () => {
    const { code, out } = run(...withTorch, 'eager,compile', '--precisions', 'fp16');
    assert.equal(code, 0, out);
    const { 'latency/lenet5/1/fp16/torch-eager': eager, 'latency/lenet5/1/fp16/torch-compile': compile } = items();
    assert.equal(eager?.cosine?.toFixed(6), '1.000000');
    assert.equal(compile?.from_cache, false);
    assert.ok((compile?.load_after?.processors ?? -1) >= 0);
    rmSync(path.join(folder, 'result.json'));
  });

  it('goes on after a process of PyTorch that ended, and finds what was compiled before', () => {
    process.env['STAND_IN_TORCH'] = 'die@eager';
    const { code, out } = run(...withTorch, 'eager,compile', '--precisions', 'fp16');
    delete process.env['STAND_IN_TORCH'];
    assert.equal(code, 1, out);
    assert.match(out, /^failed: latency\/lenet5\/1\/fp16\/torch-eager: exit status 1: error: told to die$/m);
    assert.equal(items()['latency/lenet5/1/fp16/torch-compile']?.from_cache, true);
    const again = run(...withTorch, 'eager,compile');
    assert.equal(again.code, 0, again.out);
    assert.ok(existsSync(path.join(folder, 'work', 'inductor')));
  });

  it('says what the machine is', () => {
    const { machine } = JSON.parse(readFileSync(path.join(folder, 'result.json'), 'utf8')) as {
      machine: Record<string, string>;
    };
    assert.deepEqual(Object.keys(machine).sort(), [
      'cpu',
      'date',
      'driver',
      'driver_cuda',
      'gpu',
      'gpu_memory',
      'kernel',
      'python',
    ]);
  });

  it('does nothing twice', () => {
    const { code, out } = run('--seconds', '10');
    assert.equal(code, 0, out);
    assert.match(out, /^10 items, 0 failed, 0 left for another call$/m);
  });

  it('refuses a network it has no structure of', () => {
    const { code, out } = run('--networks', 'lenet5', '--batches', '1,7');
    assert.equal(code, 1, out);
    assert.match(out, /lenet5\.7\.ir: not there$/m);
  });

  it('makes a table that says that no GPU was used', () => {
    const { code, out } = execute(python, [path.join(folder, 'table.py'), path.join(folder, 'result.json')]);
    assert.equal(code, 0, out);
    assert.match(out, /^\| lenet5 \| 1 \| fp16 \| [\d.]+ \| [\d.]+ \| [\d.]+ \|/m);
    assert.match(out, /^No GPU was used/m);
  });
});
