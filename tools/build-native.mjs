// Configures and builds the C++ part: `node tools/build-native.mjs [--preset NAME] [--tests] [--tensorrt] [--target NAME]… [-DNAME=VALUE]…`.
//
// Presets are in CMakePresets.json; each builds into build/<preset>. The release preset makes the addon,
// build/release/mindird.node; --tests adds the GoogleTest executables, --tensorrt the modules of the TensorRT engine. Everything that is missing is installed first.

import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { fetchOnednn } from './fetch-onednn.mjs';
import { fetchTensorrt } from './fetch-tensorrt.mjs';
import { inRoot } from './lib/paths.mjs';
import { checkNode, npmPackages, systemPackages } from './lib/prepare.mjs';
import { main, run, ToolFailure } from './lib/run.mjs';

/** A compiler that includes oneDNN's headers and optimises takes up to this much memory. */
const kBytesPerJob = 1.2 * 2 ** 30;

const presets = () =>
  JSON.parse(readFileSync(inRoot('CMakePresets.json'), 'utf8')).configurePresets.filter(
    ({ hidden }) => hidden !== true,
  );

/** How many compilers run at once. */
export const jobs = () => Math.max(1, Math.min(os.availableParallelism(), Math.floor(os.totalmem() / kBytesPerJob)));

/** Configures and builds a preset; `targets` empty = the addon, or everything with `tests`. */
export async function buildNative({
  preset = 'release',
  tests = false,
  targets = [],
  defines = [],
  tensorrt = false,
} = {}) {
  const known = presets();
  const found = known.find(({ name }) => name === preset);
  if (found === undefined)
    throw new ToolFailure(`no preset ${preset}, want one of ${known.map(({ name }) => name).join(', ')}`);
  const setting = (name) =>
    defines.find((define) => define.startsWith(`-D${name}=`))?.split('=')[1] ?? found.cacheVariables?.[name];
  // An image that builds for its own processor has no such file.
  if (preset === 'arm64') await (await import('./fetch-arm64.mjs')).fetchArm64();
  else if (setting('MINDIRD_BUILD_CPU_ENGINE') !== 'OFF' && setting('MINDIRD_SYSTEM_ONEDNN') !== 'ON')
    await fetchOnednn();
  if (tensorrt) await fetchTensorrt();

  const folder = inRoot('build', preset);
  const fresh = !existsSync(inRoot('build', preset, 'CMakeCache.txt'));
  // Without --tests an existing folder keeps its tests: switching back and forth would configure anew each time.
  const testOption = tests ? ['-DMINDIRD_BUILD_TESTS=ON'] : fresh ? ['-DMINDIRD_BUILD_TESTS=OFF'] : [];
  await run(
    'cmake',
    ['--preset', preset, ...testOption, ...(tensorrt ? ['-DMINDIRD_BUILD_TENSORRT=ON'] : []), ...defines],
    { quiet: true },
  );
  const wanted = targets.length > 0 ? targets : tests ? ['all'] : ['mindird_addon'];
  await run('cmake', ['--build', folder, '--parallel', String(jobs()), '--target', ...wanted]);
}

async function fromCommandLine() {
  const defines = process.argv.slice(2).filter((word) => word.startsWith('-D'));
  const rest = process.argv.slice(2).filter((word) => !word.startsWith('-D'));
  const options = {
    preset: { type: 'string', default: 'release' },
    tests: { type: 'boolean', default: false },
    tensorrt: { type: 'boolean', default: false },
    target: { type: 'string', multiple: true, default: [] },
  };
  const { values } = parseArgs({ args: rest, options });
  checkNode();
  await systemPackages(...(values.tests ? ['--tests'] : []), ...(values.preset === 'arm64' ? ['--arm64'] : []));
  await npmPackages();
  await buildNative({
    preset: values.preset,
    tests: values.tests,
    targets: values.target,
    defines,
    tensorrt: values.tensorrt,
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main('build-native', fromCommandLine);
