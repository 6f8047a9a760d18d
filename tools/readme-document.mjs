// The tables in README.md that are made from the reference cases, each between its own two markers.

import { readFileSync } from 'node:fs';
import { inRoot } from './lib/paths.mjs';
import { ToolFailure } from './lib/run.mjs';
import { operatorTotals } from './operators-document.mjs';
import { versionsTable } from './report-versions.mjs';

const tables = { operators: operatorTotals, versions: versionsTable };

/** The whole text of README.md with the tables of today. */
export async function readmeDocument() {
  let text = readFileSync(inRoot('README.md'), 'utf8');
  for (const [name, lines] of Object.entries(tables)) {
    const [begin, end] = [`<!-- table:${name} -->`, `<!-- /table:${name} -->`];
    const [before, after] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
    if (before < begin.length || after < before) throw new ToolFailure(`README.md: no lines ${begin} and ${end}`);
    text = `${text.slice(0, before)}\n${(await lines()).join('\n')}\n${text.slice(after)}`;
  }
  return text;
}
