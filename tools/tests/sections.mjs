// The sections of `npm test`, in the order they run. A section names what it builds upon, and says how it runs the tests that
// a filter leaves; a filter that fits the section's own name leaves them all.

import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { buildNative } from '../build-native.mjs';
import { buildServer } from '../build-server.mjs';
import { fetchNvinfer } from '../fetch-nvinfer.mjs';
import { fetchTensorrt } from '../fetch-tensorrt.mjs';
import { inRoot } from '../lib/paths.mjs';
import { systemPackages } from '../lib/prepare.mjs';
import { ToolFailure } from '../lib/run.mjs';
import { prepareChromium } from './chromium.mjs';
import { prepareClients } from './clients.mjs';
import { startDocker, tensorrtHeaders } from './docker.mjs';
import { buildFuzz, fuzzTargets, runFuzz } from './fuzz.mjs';
import { listGtests, runGtests } from './gtest.mjs';
import { prepareHelm } from './helm.mjs';
import { prepareKubernetesSchemas } from './kubernetes.mjs';
import { runNodeTests, toolTests, typescriptTests } from './node.mjs';
import { outcome, sum } from './outcome.mjs';
import { preparePromtool } from './promtool.mjs';
import { prepareKservePython, preparePython, prepareServingPython, runUnittests } from './python.mjs';
import { runStaticChecks } from './static.mjs';
import { prepareGoTools, prepareTritonPython } from './triton-tools.mjs';

/** What is made once and used by several sections. */
export const builds = {
  typescript: buildServer,
  addon: () => buildNative({ tensorrt: true, targets: ['mindird_addon', 'operator_table'] }),
  standIns: () => buildNative({ tensorrt: true, tests: true, targets: kStandIns }),
  gtests: () => buildNative({ tensorrt: true, tests: true }),
  asan: () =>
    buildNative({
      preset: 'asan',
      tensorrt: true,
      tests: true,
      targets: ['mindird_tests', 'tensorrt_test'],
    }),
  tsan: () => buildNative({ preset: 'tsan', tests: true, targets: kThreadTests }),
  arm64: buildArm64,
  fuzz: buildFuzz,
  nvinfer: fetchNvinfer,
  tensorrtHeaders: fetchTensorrt,
  python: preparePython,
  servingPython: prepareServingPython,
  kservePython: prepareKservePython,
  tritonPython: prepareTritonPython,
  goTools: prepareGoTools,
  clients: prepareClients,
  promtool: preparePromtool,
};

/** oneDNN's generated code and V8 would be reported falsely, so the thread sanitizer watches what owns threads itself. */
const kThreadTests = ['base_test', 'runtime_test', 'sanitizers_test'];

/** What is built for arm64 and tested under an emulator, which takes its time. */
const kArm64Tests = 'base ir ops mindir passes models engines engines_cpu partition plan runtime'
  .split(' ')
  .map((layer) => `${layer}_test`);
const kNotOnArm64 = [
  // Bounds processor time, of which an emulator takes ten times as much.
  'Hostile.bombs_of_structure_stay_within_time_and_memory',
  // Names steps as they are on x86-64: a ReLU that follows a product is a step of its own on arm64 (engines/cpu/emit/post_ops.cc).
  'CpuFusion.OnlyOneOfTwoConvolutionsTakesTheirSum',
  // What oneDNN keeps of a primitive was measured on x86-64.
  'PrimitiveStep.TellsWhatTheLibraryKeepsForIt',
];

async function buildArm64() {
  await systemPackages('--tests', '--arm64');
  await buildNative({ preset: 'arm64', tests: true, targets: [...kArm64Tests, 'mindird_addon'] });
}

/** The TensorRT engine with the libraries its tests put in the place of NVIDIA's. */
const kStandIns = [
  'mindird_addon',
  'mindird_trt11',
  'mindird_test_cuda',
  'mindird_test_old_cuda',
  'mindird_test_full_disk',
  'mindird_test_nvinfer',
  'mindird_test_plugin',
];

const cores = os.availableParallelism();

/** Tests written in TypeScript below a folder. */
const typescript =
  (folder, options = {}) =>
  async (fits) => {
    const environment = {
      MINDIRD_ADDON: inRoot('build', 'release', 'mindird.node'),
      MINDIRD_PROMTOOL: await preparePromtool(),
    };
    if (options.helm) environment.MINDIRD_HELM = await prepareHelm();
    if (options.browser) {
      const { chromium = '', why = '' } = await prepareChromium();
      Object.assign(environment, { MINDIRD_CHROMIUM: chromium, MINDIRD_NO_CHROMIUM: why });
    }
    return runNodeTests(typescriptTests(folder).filter(fits), { ...options, env: environment });
  };

const gtests =
  (preset, options = {}) =>
  async (fits) => {
    const tests = await listGtests(
      inRoot('build', preset),
      (name) => (options.only?.includes(`${name}_test`) ?? true) && fits(`${name}_test`),
    );
    return tests.length === 0 ? outcome(0, [`no test executable in build/${preset}`]) : runGtests(tests, options);
  };

const kSanitizers = {
  ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1',
  LSAN_OPTIONS: 'print_suppressions=0',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};

const pythonTests = (folder) => () => {
  const files = readdirSync(inRoot(folder)).filter((file) => file.endsWith('_test.py'));
  return runUnittests(
    folder,
    files.map((file) => file.replace(/\.py$/, '')),
  );
};

/** name, what it needs built, the files or names a filter chooses from, and how to run those that fit. */
export const sections = [
  { name: 'static', needs: ['typescript', 'addon', 'python'], run: runStaticChecks },
  {
    name: 'tools',
    needs: [],
    choices: toolTests,
    run: (fits) => runNodeTests(toolTests().filter(fits), { concurrency: cores }),
  },
  {
    name: 'server',
    needs: ['typescript'],
    choices: () => typescriptTests('server'),
    run: typescript('server', { concurrency: cores }),
  },
  { name: 'native', needs: ['gtests'], choices: () => gtestNames(), run: gtests('release') },
  {
    name: 'conformance',
    needs: ['typescript', 'addon', 'python', 'servingPython', 'kservePython', 'tritonPython', 'goTools', 'promtool'],
    choices: () => typescriptTests('test/conformance'),
    run: typescript('test/conformance', { concurrency: cores }),
  },
  {
    name: 'boundary',
    needs: ['typescript', 'addon'],
    choices: () => typescriptTests('test/boundary'),
    run: typescript('test/boundary'),
  },
  {
    name: 'e2e',
    needs: ['typescript', 'addon'],
    choices: () => typescriptTests('test/e2e'),
    run: typescript('test/e2e', { browser: true, concurrency: cores }),
  },
  {
    name: 'models',
    needs: ['typescript', 'addon'],
    choices: () => typescriptTests('test/models'),
    run: typescript('test/models', { concurrency: cores }),
  },
  {
    name: 'nvinfer',
    needs: ['typescript', 'gtests', 'nvinfer'],
    choices: () => typescriptTests('test/nvinfer'),
    run: typescript('test/nvinfer'),
  },
  {
    name: 'tensorrt',
    needs: ['typescript', 'standIns'],
    choices: () => typescriptTests('test/tensorrt'),
    run: typescript('test/tensorrt', { concurrency: cores }),
  },
  {
    name: 'deploy',
    needs: ['typescript'],
    choices: () => typescriptTests('test/tools'),
    run: typescript('test/tools', { helm: true, concurrency: cores }),
  },
  {
    name: 'package',
    needs: ['typescript', 'addon'],
    choices: () => typescriptTests('test/package'),
    run: typescript('test/package'),
  },
  {
    // Minutes of building, on an engine that only root can start where none answers.
    name: 'docker',
    named: true,
    needs: ['typescript', 'tensorrtHeaders'],
    choices: () => typescriptTests('test/deploy/docker'),
    run: runOnDocker,
  },
  {
    name: 'schemas',
    needs: ['typescript'],
    choices: () => typescriptTests('test/deploy/schemas'),
    run: runSchemas,
  },
  {
    // Compilers of four languages, and what they fetch.
    name: 'clients',
    named: true,
    needs: ['typescript', 'addon', 'clients'],
    choices: () => typescriptTests('test/clients'),
    run: typescript('test/clients'),
  },
  {
    // A compiler and an emulator for another processor, and minutes of both.
    name: 'arm64',
    named: true,
    needs: ['typescript', 'arm64'],
    choices: () => typescriptTests('test/arm64'),
    run: async (fits) =>
      sum([
        await gtests('arm64', { only: kArm64Tests, env: { GTEST_FILTER: `-${kNotOnArm64.join(':')}` } })(fits),
        await typescript('test/arm64')(fits),
      ]),
  },
  { name: 'export', needs: ['typescript', 'addon', 'python'], run: pythonTests('tools/export') },
  { name: 'bench', needs: ['python'], run: pythonTests('test/bench') },
  {
    name: 'gpu',
    needs: ['typescript', 'addon', 'gtests', 'python'],
    choices: () => typescriptTests('test/gpu'),
    run: async (fits) => sum([await pythonTests('test/gpu')(), await typescript('test/gpu')(fits)]),
  },
  { name: 'fuzz', needs: ['fuzz'], choices: fuzzTargets, run: runFuzz },
  { name: 'hostile', needs: ['typescript'], choices: () => Object.keys(kHostile), run: runHostile },
  { name: 'asan', needs: ['asan'], run: gtests('asan', { env: kSanitizers }) },
  {
    name: 'tsan',
    needs: ['tsan'],
    run: gtests('tsan', {
      only: kThreadTests,
      fixedAddresses: true,
      env: { TSAN_OPTIONS: 'halt_on_error=1:second_deadlock_stack=1' },
    }),
  },
];

/** Tests that try as many hostile messages as MINDIRD_FUZZ_ROUNDS says; the section server runs them with few. */
const kHostile = {
  hostile_codec: 'protocol/open-inference/codec-fuzz',
  hostile_bodies: 'protocol/oip-http/decode-fuzz',
  hostile_frames: 'transport/grpc/message-reader',
};

function runHostile(fits) {
  const names = Object.keys(kHostile).filter(fits);
  return runNodeTests(
    names.map((name) => inRoot('dist', 'server', `${kHostile[name]}.test.js`)),
    {
      concurrency: cores,
      env: { MINDIRD_FUZZ_ROUNDS: process.env.MINDIRD_FUZZ_ROUNDS ?? '10000000' },
      timeoutMs: 4 * 3_600_000,
    },
  );
}

async function runSchemas(fits) {
  const schemas = await prepareKubernetesSchemas().catch((why) => {
    if (!(why instanceof ToolFailure)) throw why;
    console.log(`  ${why.message}: the deployment files are not held against the schemas of what reads them`);
  });
  if (schemas === undefined) return outcome(0, [], 1);
  const { kubernetes, definitions } = schemas;
  return runNodeTests(typescriptTests('test/deploy/schemas').filter(fits), {
    env: {
      MINDIRD_KUBERNETES_SCHEMA: kubernetes,
      MINDIRD_KUBERNETES_DEFINITIONS: definitions.join(':'),
      MINDIRD_HELM: await prepareHelm(),
    },
  });
}

async function runOnDocker(fits) {
  const { environment, stop } = await startDocker();
  try {
    return await runNodeTests(typescriptTests('test/deploy/docker').filter(fits), {
      timeoutMs: 3_600_000,
      env: { ...environment, MINDIRD_TENSORRT_HEADERS: tensorrtHeaders },
    });
  } finally {
    await stop();
  }
}

/** Names of the test executables, told from the sources: before a build there is nothing else to ask. */
function gtestNames() {
  const layers = readFileSync(inRoot('native', 'CMakeLists.txt'), 'utf8').matchAll(/^\s*mindird_layer\((\w+)/gm);
  return [...layers].map((match) => `${match[1]}_test`);
}
