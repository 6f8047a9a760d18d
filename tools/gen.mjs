// Writes the generated documents: `node tools/gen.mjs`. With --check it writes nothing and fails when a document on disk differs. A document
// is one line in the table below. docs/OPERATORS.md and the tables in README.md come from asking the native library; --without-native leaves them out.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from './lib/paths.mjs';
import { main, ToolFailure } from './lib/run.mjs';

const dist = process.env.MINDIRD_DIST || inRoot('dist');
const built = (module) => join(dist, 'server', module);

/** File, module, the function in it that returns the text, and whether it needs the native build. */
const documents = [
  ['docs/CONFIG.md', built('config/document.js'), 'configDocument'],
  ['docs/schema/mindird.json', built('config/json-schema.js'), 'serverSchemaText'],
  ['docs/schema/servable_config.json', built('config/json-schema.js'), 'servableSchemaText'],
  ['docs/schema/keys.json', built('access/key-file.js'), 'keysSchemaText'],
  ['docs/METRICS.md', built('metrics/document.js'), 'metricsDocument'],
  ['deploy/docker/rules.yml', built('metrics/rules.js'), 'rulesDocument'],
  ['deploy/docker/grafana/dashboards/mindird.json', built('metrics/dashboard.js'), 'dashboardDocument'],
  ['deploy/k8s/monitoring/prometheusrule.yaml', built('metrics/rules.js'), 'prometheusRuleDocument'],
  ['docs/ERRORS.md', built('errors-document.js'), 'errorsDocument'],
  ['docs/OPERATORS.md', inRoot('tools', 'operators-document.mjs'), 'operatorsDocument', 'native'],
  ['README.md', inRoot('tools', 'readme-document.mjs'), 'readmeDocument', 'native'],
];

async function textOf(module, make) {
  if (!existsSync(module)) throw new ToolFailure(`${module} is not built, run "npm run build:ts"`);
  return (await import(pathToFileURL(module).href))[make]();
}

async function generate() {
  const check = process.argv.includes('--check');
  const wanted = documents.filter(([, , , needs]) => needs !== 'native' || !process.argv.includes('--without-native'));
  const stale = [];
  for (const [file, module, make] of wanted) {
    const text = await textOf(module, make);
    const path = inRoot(file);
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    stale.push(file);
    if (!check) writeFileSync(path, text);
  }
  if (check && stale.length > 0)
    throw new ToolFailure(`${stale.join(', ')}: differs from its source, run "node tools/gen.mjs" and commit`);
  console.log(
    `gen: ${check ? `${wanted.length} documents are up to date` : stale.length === 0 ? 'nothing to write' : `wrote ${stale.join(', ')}`}`,
  );
}

await main('gen', generate);
