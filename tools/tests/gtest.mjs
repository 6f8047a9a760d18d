// Runs the GoogleTest executables of a build folder and counts their tests.

import os from 'node:os';
import path from 'node:path';
import { hasProgram, run } from '../lib/run.mjs';
import { failedOnceMore } from './again.mjs';
import { inParallel, outcome, sum } from './outcome.mjs';

const kTimeoutMs = 15 * 60_000;

/** Reads the closing lines of a GoogleTest run; a run that counts no test, or ends badly in spite of its count, failed. */
export function readGtest(name, { code, out, ended }) {
  const number = (pattern) => Number(pattern.exec(out)?.[1] ?? 0);
  const passed = number(/^\[ {2}PASSED {2}\] (\d+) tests?\./m);
  const skipped = number(/^\[ {2}SKIPPED \] (\d+) tests?/m);
  const failed = [...out.matchAll(/^\[ {2}FAILED {2}\] (\S+?),? .*\(\d+ ms\)$|^\[ {2}FAILED {2}\] ([\w./]+)$/gm)].map(
    (match) => match[1] ?? match[2],
  );
  const failures = [...new Set(failed)].map((test) => `${name}: ${test}`);
  if (code !== 0 && failures.length === 0) failures.push(`${name}: ${ended}`);
  if (passed + failures.length === 0) failures.push(`${name}: ran no test`);
  return outcome(passed, failures, skipped);
}

/** The test executables of a build folder: those of the targets that were built. */
export async function listGtests(folder, filter = () => true) {
  const { out } = await run('ctest', ['--test-dir', folder, '--show-only=json-v1'], { capture: true });
  const found = JSON.parse(out.slice(out.indexOf('{'))).tests.filter(
    ({ name, command }) => command !== undefined && filter(name),
  );
  // What was built for another processor is started by an emulator.
  return found.map(({ name, command }) => ({ name, file: command.at(-1), emulator: command.slice(0, -1) }));
}

/** The thread sanitizer does not start where addresses are laid out with more randomness than it expects. */
async function withoutRandomAddresses() {
  return (await hasProgram('setarch', [os.machine(), '-R', 'true'])) ? ['setarch', os.machine(), '-R'] : [];
}

/** Only an assertion may have failed for want of time: not what crashed, hung or has a sanitizer's report. */
const isFinal = ({ code, out }) => code !== 1 || /Sanitizer|runtime error:/.test(out);

async function runExecutable({ name, file, emulator = [] }, prefix, env) {
  const [command, ...args] = [...prefix, ...emulator, file, '--gtest_color=no', '--gtest_brief=1'];
  const from = Date.now();
  const options = { capture: true, mayFail: true, env, cwd: path.dirname(file), timeoutMs: kTimeoutMs };
  const finished = await run(command, args, options);
  const result = readGtest(name, finished);
  const seconds = ((Date.now() - from) / 1000).toFixed(1);
  if (result.failures.length > 0) console.log(finished.out.slice(-20_000));
  console.log(
    `  ${name}: ${result.passed} passed${result.failures.length > 0 ? `, ${result.failures.length} FAILED` : ''} (${seconds} s)`,
  );
  return { ...result, final: isFinal(finished) };
}

/** Runs executables; `fixedAddresses` starts them without address randomisation. */
export async function runGtests(tests, { env = {}, fixedAddresses = false } = {}) {
  const prefix = fixedAddresses ? await withoutRandomAddresses() : [];
  const runOne = (test) => runExecutable(test, prefix, env);
  const results = await inParallel(tests, os.availableParallelism(), runOne);
  return sum(await failedOnceMore(tests, results, runOne));
}
