// Checks the direction of includes and imports, that no files use each other in a circle, the sizes of files and functions, and
// forbidden words: `node tools/check-layers.mjs`. The rules are in tools/layers/tables.mjs.

import { checkBudgets } from './layers/budgets.mjs';
import { findCircles } from './layers/circles.mjs';
import { checkIncludes, checkNames } from './layers/native.mjs';
import { checkImports } from './layers/server.mjs';
import { readSources } from './layers/sources.mjs';
import { budgetExceptions, budgets } from './layers/tables.mjs';
import { median } from './lib/judgement.mjs';

const sources = readSources();
const problems = sources.flatMap(({ file, text }) => [
  ...checkBudgets(file, text),
  ...(/^native\/.*\.(cc|h)$/.test(file) ? [...checkIncludes(file, text), ...checkNames(file, text)] : []),
  ...(/^server\/.*\.ts$/.test(file) ? checkImports(file, text) : []),
]);

problems.push(...findCircles(sources.filter(({ file }) => /^(native\/.*\.(cc|h)|server\/.*\.ts)$/.test(file))));

const known = new Set(sources.map(({ file }) => file));
for (const [file, reason] of Object.entries(budgetExceptions)) {
  if (!known.has(file)) problems.push(`tools/layers/tables.mjs: the exception for ${file} (${reason}) names no file`);
}

const middle = median(sources.map(({ text }) => text.split('\n').length - 1));
if (middle > budgets.medianLines)
  problems.push(`the median file has ${middle} lines, want at most ${budgets.medianLines}`);

for (const problem of problems) console.error(`check-layers: ${problem}`);
console.log(`check-layers: ${sources.length} files, median ${middle} lines, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;
