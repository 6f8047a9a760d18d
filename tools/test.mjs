// `npm test`: does all of its own set-up, then runs every section of tools/tests/sections.mjs, whatever the others say.
//   npm test                    everything but the sections that run only when named (docker)
//   npm test -- NAME …          only these sections (asan, e2e …), or the test files and executables whose names contain NAME
//   npm test -- --list          prints the sections (--help, too)
// Ends with a table, the failures by name, and the line `N passed, N failed`; the exit status is 0 only without failures.

import { parseArgs } from 'node:util';
import { checkNode, npmPackages, systemPackages } from './lib/prepare.mjs';
import { main, ToolFailure } from './lib/run.mjs';
import { duration, step } from './lib/steps.mjs';
import { outcome } from './tests/outcome.mjs';
import { builds, sections } from './tests/sections.mjs';
import { select } from './tests/select.mjs';

/** Makes what a section needs, once; resolves to the name of what could not be made. */
function builder() {
  const made = new Map();
  const make = (name) =>
    step(`build: ${name}`, builds[name]).then(
      () => undefined,
      (error) => {
        console.error(error instanceof ToolFailure ? error.message : error);
        return name;
      },
    );
  return async (names) => {
    for (const name of names) {
      if (!made.has(name)) made.set(name, await make(name));
      if (made.get(name) !== undefined) return name;
    }
    return undefined;
  };
}

async function runSection({ name, needs, run, fits }, ensure) {
  const broken = await ensure(needs);
  const from = Date.now();
  let result = outcome(0, [`${name}: not run, the build of ${broken} failed`]);
  if (broken === undefined) {
    result = await step(name, () => run(fits)).catch((error) => {
      console.error(error instanceof ToolFailure ? error.message : error);
      return outcome(0, [`${name}: ${error.message}`]);
    });
    if (result.passed + result.failures.length === 0) result = outcome(0, [`${name}: ran no test`]);
  }
  return { name, ms: Date.now() - from, ...result };
}

function table(results) {
  const width = Math.max(...results.map(({ name }) => name.length));
  const line = ({ name, passed, failures, ms }) =>
    `${name.padEnd(width)}  ${String(passed).padStart(5)} passed  ${String(failures.length).padStart(4)} failed  ${duration(ms).padStart(12)}`;
  return results.map(line).join('\n');
}

async function testAll() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { list: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.list || values.help)
    return console.log(
      sections
        .map(({ name, needs, named }) => {
          return `${name.padEnd(12)} needs ${needs.join(', ') || 'nothing'}${named ? '; runs only when named' : ''}`;
        })
        .join('\n'),
    );
  checkNode();
  await step('system packages', () => systemPackages('--tests'));
  await step('npm packages', npmPackages);
  const chosen = select(sections, positionals);
  if (chosen.length === 0)
    throw new ToolFailure(`nothing fits ${positionals.join(' ')}; npm test -- --list prints the sections`);
  const ensure = builder();
  const results = [];
  for (const section of chosen) results.push(await runSection(section, ensure));

  const failures = results.flatMap((result) => result.failures);
  console.log(`\n${table(results)}`);
  if (failures.length > 0) console.log(`\nfailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`);
  const unstable = results.flatMap((result) => result.unstable);
  if (unstable.length > 0)
    console.log(`\nunstable, failed at first and passed alone:\n${unstable.map((one) => `  ${one}`).join('\n')}`);
  console.log(`\n${results.reduce((all, { passed }) => all + passed, 0)} passed, ${failures.length} failed`);
  if (failures.length > 0) process.exitCode = 1;
}

await main('test', testAll);
