// Checks that run nothing of the project: types, lint, dependency direction and budgets, generated documents.

import { inRoot } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';
import { outcome } from './outcome.mjs';

const npmProgram = (name) => inRoot('node_modules', '.bin', name);

const checks = [
  { name: 'biome lint', command: [npmProgram('biome'), 'lint', '--error-on-warnings', '--max-diagnostics=50'] },
  { name: 'biome format', command: [npmProgram('biome'), 'format', '--max-diagnostics=5'] },
  { name: 'layers and budgets', command: ['node', 'tools/check-layers.mjs'] },
  { name: 'generated documents', command: ['node', 'tools/gen.mjs', '--check'] },
];

/** Runs every check, whatever the others say; each counts as one test. */
export async function runStaticChecks() {
  let passed = 0;
  const failures = [];
  for (const { name, command } of checks) {
    const { code, out } = await run(command[0], command.slice(1), { capture: true, mayFail: true });
    if (code === 0) passed += 1;
    else {
      failures.push(name);
      console.log(out);
    }
    console.log(`  ${name}: ${code === 0 ? 'ok' : 'FAILED'}`);
  }
  return outcome(passed, failures);
}
