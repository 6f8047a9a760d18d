// The Python environment of the tests, build/venv, and its unit tests.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';
import { failedOnceMore } from './again.mjs';
import { inParallel, outcome, sum } from './outcome.mjs';

const kFolder = inRoot('build', 'venv');

/** The interpreter that has the pinned packages. */
export const python = path.join(kFolder, 'bin', 'python');

/** Makes an environment, unless it is there and holds what a file of requirements says. */
export async function prepareEnvironment(folder, requirements) {
  const program = path.join(folder, 'bin', 'python');
  const stamp = path.join(folder, 'requirements.sha256');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(program) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder], { quiet: true });
  await run(
    program,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:', '-r', requirements],
    { quiet: true },
  );
  writeFileSync(stamp, wanted);
}

/** Makes the environment of the tests. */
export const preparePython = () => prepareEnvironment(kFolder, inRoot('test', 'requirements.txt'));

const kServing = inRoot('build', 'serving-venv');

/** Versions of Python that MindSpore Serving's client exists for, the newest first. */
const kServingPythons = ['3.9', '3.8', '3.7'];

async function findServingPython() {
  for (const version of kServingPythons) {
    // A version manager's shim is there for versions that are not chosen; only one that runs counts.
    for (const program of [`python${version}`, `${process.env['HOME'] ?? ''}/.pyenv/shims/python${version}`]) {
      const { out, code } = await run(program, ['-c', 'import sys; print(sys.executable)'], {
        capture: true,
        mayFail: true,
        env: { ...process.env, PYENV_VERSION: await pyenvVersion(version) },
      }).catch(() => ({ out: '', code: 1 }));
      if (code === 0) return out.trim();
    }
  }
  return undefined;
}

/** The full version that pyenv has of a minor one; '' where it has none. */
async function pyenvVersion(minor) {
  const { out } = await run('pyenv', ['versions', '--bare'], { capture: true, mayFail: true }).catch(() => ({
    out: '',
  }));
  return out.split('\n').find((version) => version.startsWith(`${minor}.`)) ?? '';
}

/** Makes the environment of MindSpore Serving's own client where there is a Python for it; its tests say so where there is none. */
export async function prepareServingPython() {
  if (existsSync(path.join(kServing, 'ok'))) return;
  const base = await findServingPython();
  if (base === undefined) return;
  rmSync(kServing, { recursive: true, force: true });
  await run(base, ['-m', 'venv', kServing], { quiet: true });
  const pip = [
    path.join(kServing, 'bin', 'python'),
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
  ];
  await run(pip[0], [...pip[1], 'protobuf==3.20.3', 'grpcio==1.47.0', 'numpy==1.21.6'], { quiet: true });
  await run(pip[0], [...pip[1], '--no-deps', 'mindspore-serving==2.0.2'], { quiet: true });
  writeFileSync(path.join(kServing, 'ok'), '');
}

const kKserve = inRoot('build', 'kserve-venv');

/** Makes the environment of KServe's client, which brings some sixty packages along; its tests say so where it cannot be made. */
export async function prepareKservePython() {
  if (existsSync(path.join(kKserve, 'ok'))) return;
  rmSync(kKserve, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', kKserve], { quiet: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
  const { code } = await run(path.join(kKserve, 'bin', 'python'), [...pip, 'kserve==0.21.0'], {
    mayFail: true,
    capture: true,
  });
  if (code === 0) writeFileSync(path.join(kKserve, 'ok'), '');
  else rmSync(kKserve, { recursive: true, force: true });
}

/** Reads the closing lines of a unittest run. */
export function readUnittest(name, { code, out, ended }) {
  const ran = Number(/^Ran (\d+) tests? in /m.exec(out)?.[1] ?? 0);
  const [, details = ''] = /^(?:OK|FAILED)(?: \((.*)\))?$/m.exec(out) ?? [];
  const count = (word) => Number(new RegExp(`${word}=(\\d+)`).exec(details)?.[1] ?? 0);
  const failures = [...out.matchAll(/^(?:FAIL|ERROR): (\S+ \(\S+\))/gm)].map((match) => `${name}: ${match[1]}`);
  if (count('skipped') > 0) failures.push(`${name}: ${count('skipped')} tests were skipped`);
  if (ran === 0) failures.push(`${name}: ran no test`);
  else if (code !== 0 && failures.length === 0) failures.push(`${name}: ${ended}`);
  return outcome(Math.max(0, ran - count('failures') - count('errors') - count('skipped')), failures);
}

async function runModule(folder, module) {
  const finished = await run(python, ['-m', 'unittest', module], {
    capture: true,
    mayFail: true,
    cwd: inRoot(folder),
    timeoutMs: 600_000,
  });
  const result = readUnittest(`${folder}/${module}`, finished);
  if (result.failures.length > 0) console.log(finished.out.slice(-20_000));
  return result;
}

/** Runs the unit tests of a folder: every NAME_test.py in it. */
export async function runUnittests(folder, modules) {
  const runOne = (module) => runModule(folder, module);
  return sum(await failedOnceMore(modules, await inParallel(modules, 1, runOne), runOne));
}
