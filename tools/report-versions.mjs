// `npm run report:versions`: how the files of each MindSpore version fare that the tests hold. With --json as data.

import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { findings } from './lib/findings.mjs';
import { main } from './lib/run.mjs';

/** The version that wrote test/ops and test/networks. */
const kCurrent = '2.10.0';
const kCurrentFolders = { 'test/ops': 'ops', 'test/networks': 'nets' };
const kFolder = /^test\/cases\/versions\/([^/]+)\/(nets|ops)$/;

const byVersion = (a, b) => a.localeCompare(b, 'en', { numeric: true });

/** Per version: how many networks and operator cases there are and match, and which are refused for what. */
export async function versions() {
  const { sets } = await findings();
  const found = new Map();
  for (const { folder, cases, matched, refused } of sets) {
    const [, version, what] = kFolder.exec(folder) ?? [folder, kCurrent, kCurrentFolders[folder]];
    if (what === undefined) continue;
    found.set(version, { version, ...found.get(version), [what]: { cases, matched, refused } });
  }
  return [...found.values()].sort((a, b) => byVersion(a.version, b.version));
}

const share = (set) => (set === undefined ? '–' : `${set.matched} of ${set.cases}`);

/** What stands in the way of cases, each once with their number. */
function reasons({ refused = {} } = {}) {
  const count = new Map();
  for (const reason of Object.values(refused)) count.set(reason, (count.get(reason) ?? 0) + 1);
  return [...count]
    .map(([reason, times]) => `\`${reason.replace(/^\(|\)$/g, '')}\`${times > 1 ? ` ${times}×` : ''}`)
    .join(', ');
}

/** The lines of the table in README.md. */
export async function versionsTable() {
  return [
    '| written by MindSpore | networks that match | operator cases that match | refused, for |',
    '|---|---|---|---|',
    ...(await versions()).map(
      ({ version, nets, ops }) => `| ${version} | ${share(nets)} | ${share(ops)} | ${reasons(ops)} |`,
    ),
  ];
}

async function report() {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  console.log(values.json ? JSON.stringify(await versions(), undefined, 1) : (await versionsTable()).join('\n'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main('report-versions', report);
