// A machine that lacks what the TensorRT engine needs, or has it in a state that cannot be used: `mindird engines` and the log say why in one
// line, and the server serves with the cpu engine.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { addonPath } from '../../../server/native/addon-file.ts';
import { projectPath } from '../../../server/util/root.ts';
import { CaseServer, listCases } from '../../models/cases.ts';
import { runToEnd, Workplace } from '../../support/server-process.ts';
import { buildFolder, standInEnvironment, standIns } from './stand-ins.ts';

const lenet = listCases('networks', { rtol: 1e-3, atol: 1e-4 }).filter(({ name }) => name === 'lenet5');

let folder: string;
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mindird-absent-'));
});
after(() => rmSync(folder, { recursive: true }));

/** A folder whose files are links to the given ones, or empty. */
function linked(name: string, files: Readonly<Record<string, string | null>>): string {
  const made = path.join(folder, name);
  mkdirSync(made);
  for (const [file, target] of Object.entries(files)) {
    if (target === null) writeFileSync(path.join(made, file), '');
    else symlinkSync(target, path.join(made, file));
  }
  return made;
}

/** A folder with the addon and oneDNN's library, as a package lays them. */
function addonFolder(name: string): string {
  const made = path.join(folder, name);
  mkdirSync(made);
  copyFileSync(addonPath(), path.join(made, 'mindird.node'));
  const library = 'libdnnl.so.3';
  symlinkSync(projectPath('build', 'deps', 'onednn-3.13', 'lib', library), path.join(made, library));
  return made;
}

/** The addon without the modules, as an incomplete installation leaves it, with an empty one on request. */
function lonelyAddon(name: string, module: string | null): string {
  const made = addonFolder(name);
  if (module !== null) writeFileSync(path.join(made, module), '');
  return path.join(made, 'mindird.node');
}

const driver = path.join(standIns, 'libcuda.so.1');
const library = path.join(standIns, 'libnvinfer.so.11');

interface Absence {
  readonly what: string;
  readonly environment: () => Readonly<Record<string, string>>;
  /** What both `mindird engines` and the log say, to the letter. */
  readonly why: () => string;
}

const absences: readonly Absence[] = [
  {
    what: 'the driver is no library',
    environment: () =>
      standInEnvironment({ folder: linked('no-driver', { 'libcuda.so.1': null, 'libnvinfer.so.11': library }) }),
    why: () => `no CUDA driver: ${folder}/no-driver/libcuda.so.1: file too short`,
  },
  {
    what: 'the driver is too old',
    environment: () =>
      standInEnvironment({
        folder: linked('old', {
          'libcuda.so.1': path.join(standIns, 'old', 'libcuda.so.1'),
          'libnvinfer.so.11': library,
        }),
      }),
    why: () => 'libcuda.so.1: no function cuGraphInstantiateWithFlags; the driver is too old',
  },
  {
    what: 'the driver does not start',
    environment: () => standInEnvironment({ cuda: 'init=100' }),
    why: () => 'cuInit: CUDA_ERROR_NO_DEVICE (100)',
  },
  {
    what: 'the driver has no device',
    environment: () => standInEnvironment({ cuda: 'devices=0' }),
    why: () => 'the CUDA driver found no device',
  },
  {
    what: 'TensorRT is in none of the places',
    environment: () => ({
      ...standInEnvironment({ folder: linked('driver-only', { 'libcuda.so.1': driver }) }),
      MINDIRD_TENSORRT_LIBRARY_PATH: path.join(folder, 'driver-only'),
    }),
    why: () => 'no libnvinfer in 2 places',
  },
  {
    what: 'the library is not TensorRT',
    environment: () =>
      standInEnvironment({ folder: linked('other', { 'libcuda.so.1': driver, 'libnvinfer.so.11': driver }) }),
    why: () => `no usable libnvinfer: ${folder}/other/libnvinfer.so.11: no getInferLibVersion, not a TensorRT library`,
  },
  {
    what: 'TensorRT is of a version there is no module for',
    environment: () => standInEnvironment({ nvinfer: 'version=90300' }),
    why: () => `no usable libnvinfer: ${library}: TensorRT 9.3.0, and ${buildFolder} holds no libmindird_trt9.so`,
  },
  {
    what: 'the module is missing',
    environment: () => ({ ...standInEnvironment(), MINDIRD_ADDON: lonelyAddon('no-module', null) }),
    why: () =>
      `no usable libnvinfer: ${library}: TensorRT 11.1.0, and ${folder}/no-module holds no libmindird_trt11.so`,
  },
  {
    what: 'the module is damaged',
    environment: () => ({ ...standInEnvironment(), MINDIRD_ADDON: lonelyAddon('damaged', 'libmindird_trt11.so') }),
    why: () => `no usable libnvinfer: ${library}: ${folder}/damaged/libmindird_trt11.so: file too short`,
  },
];

describe('without TensorRT', () => {
  for (const { what, environment, why } of absences) {
    it(`${what}: one line says so, and the cpu engine serves`, async () => {
      const found = environment();
      const { code, out } = runToEnd(['engines'], { MINDIRD_ADDON: addonPath(), ...found });
      assert.equal(code, 0);
      const line = out.split('\n').find((one) => one.startsWith('tensorrt'));
      assert.equal(line?.replace(/^tensorrt +/, ''), `not available: ${why()}`);

      const server = await CaseServer.start('networks', lenet, 'auto', { environment: found });
      try {
        const [chosen] = server.process.logged('engine.chosen');
        assert.equal(chosen?.['engine'], 'cpu');
        assert.equal(chosen?.['cause'], `auto; tensorrt is not available: ${why()}`);
        for (const one of lenet) await server.check(one);
      } finally {
        await server.stop();
      }
    });
  }

  it('the builder is missing: a warning, and TensorRT builds within the server', async () => {
    const made = addonFolder('no-builder');
    copyFileSync(path.join(buildFolder, 'libmindird_trt11.so'), path.join(made, 'libmindird_trt11.so'));
    const environment = { ...standInEnvironment(), MINDIRD_ADDON: path.join(made, 'mindird.node') };
    const server = await CaseServer.start('networks', lenet, 'auto', { environment });
    try {
      const warnings = server.process.logged('tensorrt.builder.missing').map(({ level, path: file, cause }) => {
        return { level, file, cause };
      });
      const cause = 'engines are built in this process, which a failing build may end';
      assert.deepEqual(warnings, [{ level: 'warn', file: path.join(made, 'mindird-builder'), cause }]);
      for (const one of lenet) await server.check(one);
      const { plans } = await server.report('lenet5');
      assert.equal(plans[0]?.partitions[0]?.engine, 'tensorrt');
    } finally {
      await server.stop();
    }
  });

  it('a server told to use nothing else says why it cannot, and ends', () => {
    const place = new Workplace();
    try {
      const { code, err } = runToEnd(
        ['serve', '--repository', place.repository, '--engine', 'tensorrt', '--log-level', 'error'],
        { ...standInEnvironment({ cuda: 'devices=0' }), MINDIRD_ADDON: addonPath() },
      );
      const why = 'the CUDA driver found no device';
      assert.deepEqual(
        [code, err],
        [78, `mindird: engine.use is tensorrt, but it is not available: tensorrt (${why})\n`],
      );
    } finally {
      place.close();
    }
  });
});
