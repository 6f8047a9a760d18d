// NVIDIA's own libnvinfer 11.2 on a machine without a GPU: it opens, it is the version our headers and modules are for, its plugin registry and
// logger work through our declarations, and what it says for want of a GPU becomes one line, in the module as in the commands.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { EngineInfo, SystemInfo } from '../../server/native/binding-types.ts';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, ServerProcess, Workplace } from '../support/server-process.ts';
import { patienceMs } from '../support/until.ts';

const libraries = projectPath('build', 'deps', 'nvinfer-11.2');
const nvinfer = path.join(libraries, 'libnvinfer.so.11');
const release = path.dirname(nativeAddon);
const module11 = path.join(release, 'libmindird_trt11.so');
/** The project's own libcuda, which is told here to have no device or to fail. */
const testDriver = path.join(release, 'fake_gpu', 'libcuda.so.1');

/** Runs the probe in a process of its own, which may end any way it likes. */
function probe<T>(...args: readonly string[]): T {
  const { status, signal, stdout, stderr } = spawnSync(path.join(release, 'nvinfer_probe'), args, {
    encoding: 'utf8',
    timeout: patienceMs,
  });
  assert.equal(status, 0, `nvinfer_probe ${args[0]} ended by ${signal ?? `exit status ${status}`}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

function engines(environment: Readonly<Record<string, string>>): EngineInfo {
  const { status, stdout, stderr } = spawnSync(projectPath('bin', 'mindird'), ['engines', '--json'], {
    encoding: 'utf8',
    env: { ...process.env, LD_LIBRARY_PATH: libraries, MINDIRD_ADDON: nativeAddon, ...environment },
    timeout: patienceMs,
  });
  assert.equal(status, 0, stderr);
  const found = (JSON.parse(stdout) as SystemInfo).engines.find(({ name }) => name === 'tensorrt');
  assert.ok(found, stdout);
  return found;
}

before(() => {
  assert.ok(existsSync(nvinfer), `${nvinfer}: not there; node tools/fetch-nvinfer.mjs fetches it`);
  assert.ok(
    !readdirSync('/dev').includes('nvidia0'),
    'this machine has a GPU; these tests are about machines without one',
  );
});

describe('real libnvinfer: through our headers', () => {
  it('is the version asked for, and its plugin registry and logger work', () => {
    const found = probe<{
      version: number;
      own: { count: number };
      initialised: boolean;
      all: { count: number; kinds: Record<string, number> };
      lines: string[];
    }>('registry', nvinfer, path.join(libraries, 'libnvinfer_plugin.so.11'));
    assert.equal(found.version, 110201);
    assert.ok(found.own.count > 0 && found.own.count < 20, `${found.own.count} creators of its own`);
    assert.equal(found.initialised, true);
    assert.ok(found.all.count >= found.own.count + 50, `${found.all.count} creators with the plugin library`);
    for (const kind of Object.keys(found.all.kinds)) assert.match(kind, /^PLUGIN CREATOR_V[123]/);
    const registered = found.lines.filter((line) => /registered plugin creator/i.test(line));
    assert.ok(registered.length >= 30, `${registered.length} of ${found.lines.length} lines tell of creators`);
  });

  it('makes no builder and no runtime, and says why to our logger', () => {
    const found = probe<{
      builder: boolean;
      builder_error: string;
      runtime: boolean;
      runtime_error: string;
      log: string[];
    }>('builder', nvinfer);
    assert.equal(found.builder, false);
    assert.match(found.builder_error, /CUDA initialization failure/);
    assert.doesNotMatch(found.builder_error, /\n/);
    assert.equal(found.runtime, false, 'the number it returns for a runtime is taken for one');
    assert.notEqual(found.runtime_error, '');
    assert.ok(
      found.log.some((line) => line.startsWith('warning: ')) && found.log.some((line) => line.startsWith('error: ')),
    );
  });

  it('makes our module refuse with its reason', () => {
    const found = probe<{ version: number; engine: boolean; why: string }>('module', nvinfer, module11);
    assert.equal(found.engine, false);
    assert.match(found.why, /CUDA initialization failure/);
    assert.doesNotMatch(found.why, /\n/);
  });

  it('is refused by the module of the other major version', () => {
    const found = probe<{ engine: boolean; why: string }>('module', nvinfer, path.join(release, 'libmindird_trt10.so'));
    assert.equal(found.engine, false);
    assert.match(found.why, /^the module is for TensorRT 10, the library is 110201$/);
  });
});

describe('real libnvinfer: mindird engines', () => {
  it('names library, version and module where there is no driver', () => {
    const found = engines({});
    assert.deepEqual(
      { available: found.available, version: found.version, library: found.library, module: found.module },
      { available: false, version: 'TensorRT 11.2.1', library: nvinfer, module: module11 },
    );
    assert.match(found.why, /^no CUDA driver: libcuda\.so\.1: /);
  });

  for (const [settings, why] of [
    ['init=100', /^cuInit: CUDA_ERROR_NO_DEVICE \(100\)$/],
    ['devices=0', /^the CUDA driver found no device$/],
  ] as const)
    it(`says why where the driver answers ${settings}`, () => {
      const found = engines({ LD_PRELOAD: testDriver, MINDIRD_TEST_CUDA: settings });
      assert.equal(found.available, false);
      assert.equal(found.version, 'TensorRT 11.2.1');
      assert.match(found.why, why);
    });
});

describe('real libnvinfer: serve', () => {
  const place = new Workplace();
  after(() => place.close());

  it('says in one line why TensorRT is left out, serves on, and ends by itself', async () => {
    const server = await ServerProcess.start(place, {
      args: ['--engine', 'auto'],
      environment: { LD_LIBRARY_PATH: libraries, MINDIRD_ADDON: nativeAddon, MINDIRD_READINESS_REQUIRE: 'none' },
    });
    try {
      const [chosen, ...more] = server.logged('engine.chosen');
      assert.equal(more.length, 0);
      assert.equal(chosen?.['engine'], 'cpu');
      assert.match(String(chosen['cause']), /^auto; tensorrt is not available: no CUDA driver: /);
      assert.equal((await fetch(`${server.httpUrl}/readyz`)).status, 200);
      server.signal('SIGTERM');
      assert.equal(await server.exited(), 0);
    } finally {
      await server.close();
    }
  });
});
