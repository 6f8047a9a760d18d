// Writes the generated documents from the tables of the built server: `node tools/gen.mjs`. With --check it writes nothing
// and fails when a document on disk differs. A document is one line in the table below.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** File, module under dist/ and the function in it that returns the text. */
const documents = [
  ['docs/CONFIG.md', 'server/config/document.js', 'configDocument'],
  ['docs/METRICS.md', 'server/metrics/document.js', 'metricsDocument'],
  ['docs/ERRORS.md', 'server/errors-document.js', 'errorsDocument'],
];

const dist = process.env.MINDIRD_DIST ?? join(root, 'dist');
if (!existsSync(join(dist, 'server'))) {
  console.error(`gen: ${dist} is not built, run "npm run build:ts"`);
  process.exit(1);
}

const check = process.argv.includes('--check');
const stale = [];
for (const [file, module, make] of documents) {
  const text = (await import(join(dist, module)))[make]();
  const path = join(root, file);
  const same = existsSync(path) && readFileSync(path, 'utf8') === text;
  if (same) continue;
  stale.push(file);
  if (!check) writeFileSync(path, text);
}

if (check && stale.length > 0) {
  console.error(`gen: ${stale.join(', ')}: differs from its source, run "node tools/gen.mjs" and commit`);
  process.exit(1);
}
console.log(check ? `gen: ${documents.length} documents are up to date` : `gen: ${stale.length === 0 ? 'nothing to write' : `wrote ${stale.join(', ')}`}`);
