// How a command that measures something beside its peers ends: JSON and a page always, a table in README.md where it is asked for and the machine was quiet.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { ToolFailure } from './run.mjs';

/** Exit status of a measurement from which nothing can be concluded. */
export const kNoisy = 3;

/**
 * Measures, or takes an earlier --json by `given.from`, and writes build/NAME.json and build/NAME.html (`given.json`, `given.html` for other places).
 * `disturbed` names what disturbed a result: then the exit status is kNoisy, and README.md stays as it is, unless `partly` says that `withTable` leaves out
 * what was disturbed. `withTable` puts the table into the text of README.md, or answers undefined where that has no markers for it.
 */
export async function compare(name, given, { measure, page, markdown, disturbed, withTable, partly = false }) {
  if (given.from !== undefined && !existsSync(given.from)) throw new ToolFailure(`--from ${given.from}: no such file`);
  const result = given.from === undefined ? await measure(given) : JSON.parse(readFileSync(given.from, 'utf8'));
  if (given.from === undefined)
    writeFileSync(given.json ?? inRoot('build', `${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(given.html ?? inRoot('build', `${name}.html`), page(result));
  console.log(markdown(result).join('\n'));
  const reasons = disturbed(result);
  for (const reason of reasons) console.log(`disturbed: ${reason}`);
  if (reasons.length > 0) process.exitCode = kNoisy;
  if (given.readme && (partly || reasons.length === 0)) writeTable(result, withTable);
}

function writeTable(result, withTable) {
  const file = inRoot('README.md');
  const text = withTable(readFileSync(file, 'utf8'), result);
  if (text === undefined) throw new ToolFailure(`${file}: no markers of the table`);
  writeFileSync(file, text);
}
