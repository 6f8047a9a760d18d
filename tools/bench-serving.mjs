// What lies between a client and the engine, beside other servers: `npm run bench:serving`. Identity models of three sizes, server on one core and client on
// another, servers in turn within each round. Writes JSON and a page; with --readme also the table of README.md. Exit status 3 when the machine was not quiet:
// the files say so, and README.md stays as it is.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BenchClient } from './bench-serving/client.mjs';
import { starts, windows } from './bench-serving/measure.mjs';
import { page } from './bench-serving/page.mjs';
import { recipes, sizes } from './bench-serving/servers.mjs';
import { disturbed, markdown, withServing } from './bench-serving/table.mjs';
import { compare } from './lib/comparison.mjs';
import { machineFacts, shareCores } from './lib/machine.mjs';
import { main, ToolFailure } from './lib/run.mjs';
import { duration } from './lib/steps.mjs';
import { preparePython, python } from './tests/python.mjs';

const kHelp = `npm run bench:serving -- [options]
  --triton FOLDER        compare with Triton as test/bench/setup_triton.sh FOLDER lays it out
  --peer NAME=COMMAND    and with this; {grpc} {http} {metrics} are ports, {models} the folder of the MindIR files; repeatable.
                         It must serve ${Object.keys(sizes).map((size) => `identity_${size}`)} with the input x
  --sizes ${Object.keys(sizes)}    --rounds 7   --seconds 3   --start-rounds 3   --idle-seconds 10
  --server-core 0 --client-core 1
  --quick                one short round: does it run
  --json FILE --html FILE (build/serving.json, build/serving.html)
  --readme               puts the table into README.md
  --from FILE            measures nothing: page and table of an earlier --json`;

const kDefaults = { rounds: '7', seconds: '3', 'start-rounds': '3', 'idle-seconds': '10' };
const kQuick = { rounds: '2', seconds: '0.4', 'start-rounds': '1', 'idle-seconds': '1' };

function options() {
  const texts = ['triton', 'sizes', 'server-core', 'client-core', 'json', 'html', 'from', ...Object.keys(kDefaults)];
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(texts.map((name) => [name, { type: 'string' }])),
      peer: { type: 'string', multiple: true, default: [] },
      ...Object.fromEntries(['quick', 'readme', 'help'].map((name) => [name, { type: 'boolean', default: false }])),
    },
  });
  const given = { ...kDefaults, ...(values.quick ? kQuick : {}), ...values };
  for (const name of Object.keys(kDefaults))
    if (!(Number(given[name]) > 0)) throw new ToolFailure(`--${name} ${given[name]}: want a number above 0`);
  const chosen = given.sizes?.split(',') ?? Object.keys(sizes);
  for (const size of chosen) if (!(size in sizes)) throw new ToolFailure(`--sizes ${size}: want ${Object.keys(sizes)}`);
  return { ...given, chosen };
}

async function measure(given) {
  await preparePython();
  const shared = shareCores();
  const cores = { server: given['server-core'] ?? shared.server, client: given['client-core'] ?? shared.client };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mindird-serving-'));
  const client = new BenchClient(python, cores.client);
  const from = performance.now();
  const say = (text) => console.log(`[${duration(performance.now() - from).padStart(8)}] ${text}`);
  const machine = machineFacts();
  const concurrency = [1, 16];
  const [rounds, seconds] = [Number(given.rounds), Number(given.seconds)];
  const common = {
    recipes: recipes({ triton: given.triton, peers: given.peer }),
    client,
    folder,
    cores,
    models: given.chosen,
    say,
  };
  try {
    const started = await starts({
      ...common,
      rounds: Number(given['start-rounds']),
      idleSeconds: Number(given['idle-seconds']),
    });
    const { cells, stages } = await windows({ ...common, concurrency, seconds, rounds });
    const loads = [...concurrency.map(String), 'open'];
    return {
      machine,
      cores,
      servers: Object.keys(common.recipes),
      sizes: given.chosen,
      loads,
      rounds,
      seconds,
      starts: started,
      cells,
      stages,
    };
  } finally {
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fromCommandLine() {
  const given = options();
  if (given.help) return console.log(kHelp);
  await compare('serving', given, { measure, page, markdown, disturbed, withTable: withServing });
}

await main('bench-serving', fromCommandLine);
