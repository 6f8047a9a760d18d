// Checks that run nothing of the project: types, lint, dependency direction and budgets, generated documents.

import { formatCpp } from '../lib/clang-format.mjs';
import { inRoot } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';
import { outcome } from './outcome.mjs';

const npmProgram = (name) => inRoot('node_modules', '.bin', name);

const command =
  (program, ...args) =>
  () =>
    run(program, args, { capture: true, mayFail: true });

/** Each resolves to {code, out}. */
const checks = [
  { name: 'biome lint', check: command(npmProgram('biome'), 'lint', '--error-on-warnings', '--max-diagnostics=50') },
  { name: 'biome format', check: command(npmProgram('biome'), 'format', '--max-diagnostics=5') },
  { name: 'clang-format', check: () => formatCpp({ check: true }) },
  { name: 'layers and budgets', check: command('node', 'tools/check-layers.mjs') },
  { name: 'generated documents', check: command('node', 'tools/gen.mjs', '--check') },
];

/** Runs every check, whatever the others say; each counts as one test. */
export async function runStaticChecks() {
  let passed = 0;
  const failures = [];
  for (const { name, check } of checks) {
    const { code, out } = await check();
    if (code === 0) passed += 1;
    else {
      failures.push(name);
      console.log(out);
    }
    console.log(`  ${name}: ${code === 0 ? 'ok' : 'FAILED'}`);
  }
  return outcome(passed, failures);
}
