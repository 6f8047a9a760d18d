// What native/tools/operator_table finds out about the reference cases in test/ops, test/networks and test/cases.

import { existsSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { run, ToolFailure } from './run.mjs';

const table = process.env.MINDIRD_OPERATOR_TABLE || inRoot('build', 'release', 'native', 'tools', 'operator_table');

let asked;

/** What the tool says as an object; asked once. */
export async function findings() {
  if (!existsSync(table))
    throw new ToolFailure(`${table} is not built, run "node tools/build-native.mjs --target operator_table"`);
  asked ??= run(table, ['test/ops', 'test/networks', 'test/cases'], { capture: true }).then(({ out }) =>
    JSON.parse(out),
  );
  return asked;
}
