// The clients of Triton's last release with perf_analyzer in its wheel, and programs in Go: what is there is made once; the tests say what is not.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { goProgram } from '../lib/go.mjs';
import { dependencies, inRoot } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';
import { unpackedPackages } from './debian.mjs';

const kVenv = inRoot('build', 'triton-venv');

/** perf_analyzer is in this release's wheel alone; it wants CUDA's runtime library, whatever it measures. */
const kPackages = [
  'tritonclient[grpc]==2.50.0',
  'grpcio==1.85.1',
  'protobuf==4.25.9',
  'numpy==1.26.4',
  'nvidia-cuda-runtime-cu12==12.9.79',
];

/** Makes the environment of tritonclient 2.50.0 with perf_analyzer; test/conformance/triton-tools.test.ts looks for it. */
export async function prepareTritonPython() {
  if (!existsSync(path.join(kVenv, 'ok'))) {
    rmSync(kVenv, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', kVenv], { quiet: true });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
    await run(path.join(kVenv, 'bin', 'python'), [...install, ...kPackages], { quiet: true });
    writeFileSync(path.join(kVenv, 'ok'), '');
  }
  // perf_analyzer is linked with this library.
  await unpackedPackages('libb64', ['libb64-0d']).catch((why) =>
    console.log(`  perf_analyzer cannot run: ${why.message}`),
  );
}

const kGo = path.join(dependencies, 'go');

const kGoPrograms = {
  grpcurl: 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3',
  'grpc-health-probe': 'github.com/grpc-ecosystem/grpc-health-probe@v0.4.40',
};

/** Builds grpcurl and grpc_health_probe where there is a Go tool chain. */
export async function prepareGoTools() {
  const bin = path.join(kGo, 'bin');
  if (Object.keys(kGoPrograms).every((name) => existsSync(path.join(bin, name)))) return;
  const go = await goProgram();
  if (go === undefined) {
    console.log('  no Go tool chain: grpcurl and grpc_health_probe are not tested');
    return;
  }
  const env = { GOPATH: kGo, GOBIN: bin, GOFLAGS: '-modcacherw' };
  for (const source of Object.values(kGoPrograms)) {
    const { code, out } = await run(go, ['install', source], { capture: true, mayFail: true, env });
    if (code !== 0) console.log(`  go install ${source}: ${out.trim().split('\n').at(-1)}`);
  }
  rmSync(path.join(kGo, 'pkg'), { recursive: true, force: true });
}
