// Runs the targets of libFuzzer, each for a minute, on what test/fuzz has for it and on small files of the other tests.

import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildNative } from '../build-native.mjs';
import { inRoot } from '../lib/paths.mjs';
import { systemPackages } from '../lib/prepare.mjs';
import { run } from '../lib/run.mjs';
import { inParallel, outcome, sum } from './outcome.mjs';

const kSeconds = 60;
/** Of a target's process; its start, the corpus read and the last input come on top of the minute. */
const kTimeoutMs = 5 * 60_000;

/** Longest input, and most MiB that one allocation may take; a MindIR file may have its operators make up 2²⁴ numbers of 8 bytes at once. */
const kTargets = {
  mindir: { bytes: 4096, allocation: 160, seeds: ['ops', 'cases', 'networks'], ending: '.mindir', largest: 2048 },
  container: { bytes: 8192, allocation: 32, seeds: ['encrypted'], ending: '', largest: 8192 },
  ir_text: { bytes: 4096, allocation: 96, seeds: ['ir'], ending: '.ir', largest: 4096 },
  plan_file: { bytes: 4096, allocation: 96, seeds: [], ending: '', largest: 4096 },
  cache_file: { bytes: 4096, allocation: 32, seeds: [], ending: '', largest: 4096 },
};

/** Names of the targets' executables, for filters. */
export const fuzzTargets = () => Object.keys(kTargets).map((name) => `${name}_fuzz`);

/** Installs clang and builds the targets. */
export async function buildFuzz() {
  await systemPackages('--fuzz');
  await buildNative({ preset: 'fuzz', targets: ['mindird_fuzz'] });
}

/** Small files of a folder of the tests, and below it. */
function filesOf(folder, { ending, largest }) {
  return readdirSync(inRoot('test', folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => inRoot('test', folder, file))
    .filter((file) => statSync(file).isFile() && statSync(file).size <= largest);
}

/** A folder with the inputs a target begins with; golden files of passes hold two graphs each. */
function seedFolder(name, target) {
  const folder = mkdtempSync(path.join(os.tmpdir(), `mindird-fuzz-${name}-`));
  const files = [
    ...filesOf(path.join('fuzz', name), { ...target, ending: '' }),
    ...target.seeds.flatMap((from) => filesOf(from, target)),
  ];
  for (const [i, file] of files.entries()) {
    if (!file.endsWith('.ir')) copyFileSync(file, path.join(folder, `${i}`));
    else
      for (const [j, graph] of readFileSync(file, 'utf8').split('----\n').entries())
        writeFileSync(path.join(folder, `${i}-${j}`), graph);
  }
  return folder;
}

/** What was found: libFuzzer's own words, which say how much memory or time it was, else a sanitizer's summary, which has the place. */
const reasonOf = (out) => /^==\d+==\s*ERROR: libFuzzer: (.*)$/m.exec(out)?.[1] ?? /^SUMMARY: .*$/m.exec(out)?.[0];

/** The input that failed, as text: where a run's machine is gone, its log has to be enough to try the input again. */
function failingInput(out) {
  const file = /Test unit written to (.*)$/m.exec(out)?.[1];
  if (file === undefined) return '';
  return `; base64 of its input: ${readFileSync(file).toString('base64')}`;
}

/** What a run of libFuzzer says: how many inputs it tried, and what it found. */
export function readFuzz(name, { code, out, ended }) {
  const tried = Number(/^stat::number_of_executed_units: (\d+)$/m.exec(out)?.[1] ?? 0);
  if (code !== 0) return outcome(0, [`${name}: ${reasonOf(out) ?? ended}${failingInput(out)}`]);
  return tried > 0 ? outcome(1) : outcome(0, [`${name}: tried no input`]);
}

async function runTarget(name) {
  const target = kTargets[name];
  const seeds = seedFolder(name, target);
  const found = inRoot('build', 'fuzz', 'found');
  mkdirSync(found, { recursive: true });
  const limits = [`-max_total_time=${kSeconds}`, `-max_len=${target.bytes}`, '-timeout=30', '-rss_limit_mb=1024'];
  const rest = [`-malloc_limit_mb=${target.allocation}`, '-print_final_stats=1', `-artifact_prefix=${found}/${name}-`];
  try {
    const finished = await run(inRoot('build', 'fuzz', 'native', 'fuzz', `${name}_fuzz`), [...limits, ...rest, seeds], {
      capture: true,
      mayFail: true,
      env: { ASAN_OPTIONS: 'detect_leaks=1:quarantine_size_mb=16:allocator_may_return_null=1' },
      timeoutMs: kTimeoutMs,
    });
    const result = readFuzz(name, finished);
    if (result.failures.length > 0) console.log(finished.out.slice(-8000));
    console.log(`  ${name}_fuzz: ${/units: +(\d+)/.exec(finished.out)?.[1] ?? 0} inputs`);
    return result;
  } finally {
    rmSync(seeds, { recursive: true, force: true });
  }
}

/** Runs the targets whose names fit. */
export async function runFuzz(fits) {
  const names = Object.keys(kTargets).filter((name) => fits(`${name}_fuzz`));
  return sum(await inParallel(names, os.availableParallelism(), runTarget));
}
