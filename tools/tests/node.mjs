// Runs test files with node:test, each in a process of its own, and counts their tests.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { run as runTests } from 'node:test';
import { inRoot, root } from '../lib/paths.mjs';
import { failedOnceMore } from './again.mjs';
import { outcome, sum } from './outcome.mjs';

/** The compiled files of all TypeScript tests below a folder. Listed from the sources: dist may hold files of deleted ones. */
export function typescriptTests(folder) {
  const files = readdirSync(inRoot(folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.test.ts'),
  );
  return files.sort().map((file) => inRoot('dist', folder, file.replace(/\.ts$/, '.js')));
}

/** The test files of the tools, which run as they are. */
export function toolTests() {
  const files = readdirSync(inRoot('tools'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.test.mjs'),
  );
  return files.sort().map((file) => inRoot('tools', file));
}

const indented = (text) => text.trimEnd().replaceAll(/^/gm, '    ');

function describeError({ error }) {
  const cause = error?.cause ?? error;
  return cause?.stack ?? String(cause);
}

/** A server that ends by one of these is never a matter of time. */
const kCrash = /\bSIG(?:SEGV|ABRT|BUS|ILL|FPE)\b/;

const place = (event) => `${path.relative(root, event.file ?? '')}: ${event.name}`;

/** Runs files and gathers an outcome for each. */
async function runFiles(files, { concurrency, timeoutMs, maySkip }) {
  const results = new Map(files.map((file) => [file, outcome()]));
  const crashed = new Set();
  const add = (event, part) => {
    const file = results.has(event.file) ? event.file : files[0];
    results.set(file, sum([results.get(file), part]));
  };
  // A file that holds no test passes as a test of its own name.
  const isGroup = (event) =>
    event.details?.type === 'suite' || files.some((file) => file === event.name || file.endsWith(`/${event.name}`));
  const stream = runTests({ files, concurrency, timeout: timeoutMs });
  stream.on('test:pass', (event) => {
    if (isGroup(event)) return;
    if (event.skip === undefined && event.todo === undefined) add(event, outcome(1));
    else add(event, maySkip ? outcome(0, [], 1) : outcome(0, [`${place(event)}: was skipped`]));
  });
  stream.on('test:fail', (event) => {
    // A parent fails with its subtests; only the tests at the bottom are told, unless a file or suite failed by itself.
    if (event.details.error?.failureType === 'subtestsFailed') return;
    add(event, outcome(0, [place(event)]));
    const text = describeError(event.details);
    if (kCrash.test(text)) crashed.add(event.file);
    console.log(`  FAILED ${place(event)}\n${indented(text)}`);
  });
  stream.on('test:stderr', ({ message }) => process.stderr.write(message));
  await new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject).resume());
  for (const [file, { passed, failures, skipped }] of results)
    if (passed + failures.length + skipped === 0)
      add({ file }, outcome(0, [`${path.relative(root, file)}: ran no test`]));
  return files.map((file) => ({ ...results.get(file), final: crashed.has(file) }));
}

/**
 * Runs files, `concurrency` at once; a file that takes longer than `timeoutMs` is ended and failed. Tests that are skipped count as
 * failed unless `maySkip`: what CI is meant to run must not vanish.
 */
export async function runNodeTests(files, { concurrency = 1, timeoutMs = 1_200_000, env = {}, maySkip = false } = {}) {
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0 || files.length === 0)
    return outcome(0, missing.length > 0 ? missing.map((file) => `${file}: not built`) : ['no test file found']);
  const saved = { ...process.env };
  Object.assign(process.env, env);
  // A test runner marks its children; without this a run inside another would report to the outer one.
  delete process.env.NODE_TEST_CONTEXT;
  try {
    const results = await runFiles(files, { concurrency, timeoutMs, maySkip });
    const runOne = async (file) => (await runFiles([file], { concurrency: 1, timeoutMs, maySkip }))[0];
    return sum(await failedOnceMore(files, results, runOne));
  } finally {
    for (const name of Object.keys(env)) if (!(name in saved)) delete process.env[name];
    Object.assign(process.env, saved);
  }
}
