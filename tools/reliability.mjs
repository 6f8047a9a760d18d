// What the server does when things go badly, measured against the real one: `npm run reliability`. Phases: overload, reloads, sigterm, tail, soak.
// Writes docs/RELIABILITY.md (--out FILE for another place) unless --quick. Exit status 1 when something that does not depend on a quiet machine
// fails (a request lost, failed or answered wrongly; an exit status), 3 when only a figure does.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../dist/server/cli/load/random.js';
import { coreSeconds, machineFacts, shareCores } from './lib/machine.mjs';
import { inRoot } from './lib/paths.mjs';
import { main, ToolFailure } from './lib/run.mjs';
import { duration } from './lib/steps.mjs';
import { reliabilityDocument } from './reliability/document.mjs';
import { LoadClient } from './reliability/load.mjs';
import { overload, overloadChecks } from './reliability/overload.mjs';
import { reloadChecks, reloads } from './reliability/reloads.mjs';
import { sigtermChecks, sigterms } from './reliability/sigterm.mjs';
import { soak, soakChecks } from './reliability/soak.mjs';
import { tail, tailChecks } from './reliability/tail.mjs';
import { TimedClient } from './reliability/timed-client.mjs';

const kFiguresMissed = 3;

const kHelp = `npm run reliability -- [options]
  --only PHASE,…        of overload, reloads, sigterm, tail, soak
  --quick               everything for seconds: does it hold, not how well
  --factors 2,5,10      overload, of the measured peak      --overload-seconds 20   --overload-nodes 20000   of its network
  --reloads 1000        versions                            --reload-seconds 10   a slice, without them and with them in turns
  --sigterms 500        restarts                            --tail-seconds 600
  --soak-seconds 7200   and a reload every --soak-reload-seconds 20
  --server-cores 0 --client-cores 1
  --json FILE           everything measured, - for standard output
  --out FILE            the document (docs/RELIABILITY.md)
  --from FILE,…         measures nothing: the document of earlier --json, each phase as the last of them has it`;

const kFull = {
  factors: '2,5,10',
  'overload-seconds': '20',
  'overload-nodes': '20000',
  reloads: '1000',
  'reload-seconds': '10',
  sigterms: '500',
};
const kDefaults = { ...kFull, 'tail-seconds': '600', 'soak-seconds': '7200', 'soak-reload-seconds': '20' };
const kQuick = {
  ...{
    factors: '3',
    'overload-seconds': '1.5',
    'overload-nodes': '5000',
    reloads: '3',
    'reload-seconds': '1',
    sigterms: '3',
  },
  ...{ 'tail-seconds': '2', 'soak-seconds': '4', 'soak-reload-seconds': '1' },
};

const phases = {
  overload: [
    overload,
    overloadChecks,
    (n) => ({ seconds: n('overload-seconds'), factors: n.list('factors'), nodes: n('overload-nodes') }),
  ],
  reloads: [reloads, reloadChecks, (n) => ({ seconds: n('reload-seconds'), count: n('reloads') })],
  sigterm: [sigterms, sigtermChecks, (n) => ({ count: n('sigterms'), random: new Random(2026) })],
  tail: [tail, tailChecks, (n) => ({ seconds: n('tail-seconds') })],
  soak: [soak, soakChecks, (n) => ({ seconds: n('soak-seconds'), reloadSeconds: n('soak-reload-seconds') })],
};

function options() {
  const texts = ['only', 'json', 'out', 'from', 'server-cores', 'client-cores', ...Object.keys(kDefaults)];
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(texts.map((name) => [name, { type: 'string' }])),
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const given = { ...kDefaults, ...(values.quick ? kQuick : {}), ...values };
  const checked = (name, text) => {
    const value = Number(text);
    if (!(value > 0)) throw new ToolFailure(`--${name} ${text}: want a number above 0`);
    return value;
  };
  const numbers = (name) => checked(name, given[name]);
  numbers.list = (name) => given[name].split(',').map((text) => checked(name, text));
  const only = values.only?.split(',') ?? Object.keys(phases);
  for (const name of only) if (!(name in phases)) throw new ToolFailure(`--only ${name}: want ${Object.keys(phases)}`);
  return { values, numbers, only };
}

/** Seconds that the listed cores were used and stolen, of all they had. */
function usage(cores) {
  const [first, last = first] = cores.split('-').map(Number);
  const all = Array.from({ length: last - first + 1 }, (_, i) => coreSeconds(first + i));
  return {
    busy: all.reduce((sum, { busy }) => sum + busy, 0),
    stolen: all.reduce((sum, { stolen }) => sum + stolen, 0),
    count: all.length,
  };
}

async function measure({ values, numbers, only }, tell) {
  const shared = shareCores();
  const cores = { server: values['server-cores'] ?? shared.server, client: values['client-cores'] ?? shared.client };
  const machine = machineFacts();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mindird-reliability-'));
  const client = new LoadClient(cores.client);
  const timedClient = new TimedClient(cores.client);
  const result = { machine, cores, quick: values.quick, phases: {}, checks: [] };
  const [from, before] = [performance.now(), usage(cores.server)];
  try {
    for (const name of only) {
      const [run, checksOf, settings] = phases[name];
      const say = (text) => tell(`[${duration(performance.now() - from).padStart(8)}] ${name}: ${text}`);
      const place = path.join(folder, name);
      mkdirSync(place);
      result.phases[name] = await run({ folder: place, cores, client, timedClient, say, ...settings(numbers) });
      for (const check of checksOf(result.phases[name])) {
        result.checks.push({ phase: name, ...check });
        say(
          `${check.ok === false ? 'DOES NOT HOLD' : check.ok ? 'holds' : 'not told'}: ${check.what}: ${check.found}, wanted ${check.wanted}`,
        );
      }
    }
  } finally {
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const after = usage(cores.server);
  const wall = ((performance.now() - from) / 1000) * after.count;
  return {
    ...result,
    load_after: os.loadavg().map((load) => Number(load.toFixed(2))),
    busy: { used: (after.busy - before.busy) / wall, stolen: (after.stolen - before.stolen) / wall },
  };
}

/** Earlier results, each with the phases that no later one has, and their checks. */
function readRuns(files) {
  const runs = files.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')));
  return runs
    .map((run, place) => {
      const later = runs.slice(place + 1);
      const kept = Object.entries(run.phases).filter(([name]) => later.every((other) => !(name in other.phases)));
      const checks = kept.flatMap(([phase, found]) => phases[phase][1](found).map((check) => ({ phase, ...check })));
      return { ...run, phases: Object.fromEntries(kept), checks };
    })
    .filter(({ checks }) => checks.length > 0);
}

async function fromCommandLine() {
  const given = options();
  if (given.values.help) return console.log(kHelp);
  const { from, json, out, quick } = given.values;
  const tell = json === '-' ? console.error : console.log;
  const runs = from === undefined ? [await measure(given, tell)] : readRuns(from.split(','));
  const result = JSON.stringify(runs.length === 1 ? runs[0] : runs, null, 1);
  if (json === '-') console.log(result);
  else if (json !== undefined) writeFileSync(json, `${result}\n`);
  const document = out ?? (quick ? undefined : inRoot('docs', 'RELIABILITY.md'));
  if (document !== undefined) writeFileSync(document, reliabilityDocument(runs));
  const missed = runs.flatMap(({ checks }) => checks).filter(({ ok }) => ok === false);
  if (missed.some(({ timed }) => !timed)) process.exitCode = 1;
  else if (missed.length > 0 && !quick) process.exitCode = kFiguresMissed;
}

await main('reliability', fromCommandLine);
