// The client commands as separate processes against a real server process; models are computed by the fake addon.

import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { doublingModel } from '../../server/native/fake-file.ts';
import { readNpz, writeNpz } from '../../server/npz/npz.ts';
import { LogFile } from '../support/log-file.ts';
import { program } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const addon = fileURLToPath(new URL('./fake-addon.js', import.meta.url));

interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let folder: string;
let server: ChildProcess;
let address: string;
const log = new LogFile();

/** Runs a command to its end. */
function mindird(...args: readonly string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { env: { ...process.env, MINDIRD_ADDON: addon, MINDIRD_NODE: process.execPath } },
      (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
      },
    );
  });
}

async function addModel(name: string, content: unknown): Promise<void> {
  await mkdir(path.join(folder, 'servables', name, '1'), { recursive: true });
  await writeFile(path.join(folder, 'servables', name, '1', 'model.mindir'), JSON.stringify(content));
}

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cli-'));
  await addModel('double', doublingModel([-1, 4]));
  await addModel('failing', doublingModel([1, 4], { compute: 'fail' }));
  address = `unix:${path.join(folder, 'grpc.sock')}`;
  const flags = ['--repository', path.join(folder, 'servables'), '--cache', path.join(folder, 'cache')];
  const addresses = ['--grpc', address, '--http', '127.0.0.1:0'];
  server = spawn(program, ['serve', ...flags, ...addresses], {
    env: { ...process.env, MINDIRD_ADDON: addon, MINDIRD_NODE: process.execPath },
    stdio: ['ignore', 'ignore', log.descriptor],
  });
  const input = path.join(folder, 'in.npz');
  await writeNpz(
    input,
    new Map([
      [
        'input_0',
        { dtype: 'FP32', shape: [2, 4], bytes: new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer) },
      ],
    ]),
  );
  await until(async () => {
    assert.equal(server.exitCode, null, `the server ended: ${log.tail}`);
    return (await mindird('infer', address, 'double', '--inputs', input)).code === 0;
  }, 'the server');
});

after(async () => {
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
  await rm(folder, { recursive: true });
});

describe('cli: client commands', () => {
  it('infer writes the outputs and prints stages of the server', async () => {
    const output = path.join(folder, 'out.npz');
    const { code, out } = await mindird(
      'infer',
      address,
      'double',
      '--inputs',
      path.join(folder, 'in.npz'),
      '--output',
      output,
    );
    assert.equal(code, 0);
    assert.match(out, /^double\/1$/m);
    assert.match(out, /^compute +[\d.]+ ms/m);
    const array = (await readNpz(output)).get('y');
    assert.deepEqual([...new Float32Array(Uint8Array.from(array?.bytes ?? []).buffer)], [2, 4, 6, 8, 10, 12, 14, 16]);
  });

  it('infer says what is wrong in one line and exits 1; a wrong command line exits 2', async () => {
    const unknown = await mindird('infer', address, 'nobody', '--inputs', path.join(folder, 'in.npz'));
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /^mindird: unix:.*: NOT_FOUND: .*nobody.*\n$/);
    const missing = await mindird('infer', address, 'double', '--inputs', path.join(folder, 'none.npz'));
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^mindird: ENOENT: .*none\.npz'\n$/);
    assert.equal((await mindird('infer', address, 'double')).code, 2);
    assert.equal((await mindird('bench', address, 'double', '--rate', '0')).code, 2);
  });

  it('bench counts every request and agrees with the counters of the server', async () => {
    const file = path.join(folder, 'bench.json');
    const { code, out } = await mindird(
      'bench',
      address,
      'double',
      '--concurrency',
      '3',
      '--requests',
      '60',
      '--json',
      file,
    );
    assert.equal(code, 0, out);
    assert.match(out, /60 answered, 0 failed/);
    const result = JSON.parse(await readFile(file, 'utf8')) as {
      succeeded: number;
      statistics: { inferences: number };
      stages: { computeInferMs: { count: number } };
    };
    assert.deepEqual(
      [result.succeeded, result.statistics.inferences, result.stages.computeInferMs.count],
      [60, 60, 60],
    );
  });

  it('bench exits 1 when requests fail, whatever else it measured', async () => {
    const { code, out } = await mindird('bench', address, 'failing', '--requests', '3', '--warm-up', '0');
    assert.equal(code, 1);
    assert.match(out, /0 answered, 3 failed/);
    assert.match(out, /failed 3 times: .*INTERNAL/);
  });

  it("bench --article prints the article's twelve requests", async () => {
    const { code, out } = await mindird('bench', address, 'double', '--article', '--json');
    assert.equal(code, 0);
    const { article } = JSON.parse(out) as {
      article: { skipped: unknown[]; counted: unknown[]; meanEngineMs: number };
    };
    assert.deepEqual([article.skipped.length, article.counted.length, article.meanEngineMs > 0], [2, 10, true]);
  });
});

describe('cli: commands without a server', () => {
  it('report measures every model on native and engine, and writes JSON and a page', async () => {
    const repository = path.join(folder, 'servables');
    const [json, html] = [path.join(folder, 'r.json'), path.join(folder, 'r.html')];
    const { code, out } = await mindird(
      'report',
      '--repository',
      repository,
      '--cache',
      path.join(folder, 'cache'),
      '--json',
      json,
      '--html',
      html,
    );
    assert.equal(code, 1, 'one model fails');
    assert.match(out, /^double\/1 +1×4 +origin/m);
    assert.match(out, /failed: failing\/1 on native: .*INTERNAL/);
    const { models } = JSON.parse(await readFile(json, 'utf8')) as {
      models: { name: string; runs: { engine: string; ok: boolean }[] }[];
    };
    assert.deepEqual(
      models.find(({ name }) => name === 'double')?.runs.map(({ engine, ok }) => `${engine} ${ok}`),
      ['native true', 'cpu true'],
    );
    assert.match(await readFile(html, 'utf8'), /^<!doctype html>[\s\S]*double\/1/);
  });

  it('build loads every version and exits 0; with a broken one it exits 1', async () => {
    const flags = ['--repository', path.join(folder, 'servables'), '--cache', path.join(folder, 'cache')];
    const good = await mindird('build', ...flags, '--json');
    assert.equal(good.code, 0, good.err);
    const { models } = JSON.parse(good.out) as { models: { name: string; ok: boolean }[] };
    assert.deepEqual(models.map(({ name, ok }) => `${name} ${ok}`).sort(), ['double true', 'failing true']);
    await addModel('torn', 'no model');
    const bad = await mindird('build', ...flags);
    await rm(path.join(folder, 'servables', 'torn'), { recursive: true });
    assert.equal(bad.code, 1);
    assert.match(bad.out, /failed: torn\/1: /);
    assert.match(bad.err, /^built double\/1 after /m);
  });

  it('inspect prints the stage asked for', async () => {
    const { code, out } = await mindird(
      'inspect',
      path.join(folder, 'servables/double/1/model.mindir'),
      '--stage',
      'partitions',
    );
    assert.deepEqual([code, out], [0, 'partitions of a fake model\n']);
    assert.equal((await mindird('inspect', path.join(folder, 'none.mindir'))).code, 1);
  });
});

describe('a reader that goes away', () => {
  it('ends a command quietly', async () => {
    const child = spawn(program, ['engines', '--json'], {
      env: { ...process.env, MINDIRD_ADDON: addon, MINDIRD_NODE: process.execPath },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assert.equal(err, '');
  });
});
