// How many requests a core serves within an objective: `npm run capacity`. Each model alone on a real server, its cores taken from those of the load, a client of
// grpc-go; the peak of a closed loop, then Poisson arrivals at falling shares of it until the objective holds. Writes the measured part of docs/CAPACITY.md; exit
// status 3, and the page as it was, on a machine that is not quiet.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { highestRate } from './capacity/search.mjs';
import { capacityTable, withCapacity } from './capacity/table.mjs';
import { kNoisy } from './lib/comparison.mjs';
import { machineFacts, shareCores } from './lib/machine.mjs';
import { inRoot } from './lib/paths.mjs';
import { main, ToolFailure } from './lib/run.mjs';
import { network } from './reliability/networks.mjs';
import { Repository, Server } from './reliability/server.mjs';
import { TimedClient } from './reliability/timed-client.mjs';

/** 1-minute load before the run above which a machine is not quiet. */
const kQuiet = 0.5;

const kHelp = `npm run capacity -- [options]
  --models NAME=MILLISECONDS,…   networks of test/networks with the latency that 99 % of the requests must keep
                                 (lenet5=5,wide_deep=10,mobilenet_v3_large=50,resnet50=250,bert_base=1000)
  --seconds 20                   of each rate
  --server-cores 0 --client-cores 1
  --any-load                     writes the page on a machine that is not quiet, too, and says so there
  --json FILE                    everything measured
  --from FILE                    measures nothing: the page of an earlier --json
  --out FILE                     the page (docs/CAPACITY.md)`;

const kDefaults = {
  models: 'lenet5=5,wide_deep=10,mobilenet_v3_large=50,resnet50=250,bert_base=1000',
  seconds: '20',
};

function options() {
  const texts = ['models', 'seconds', 'server-cores', 'client-cores', 'json', 'from', 'out'];
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(texts.map((name) => [name, { type: 'string' }])),
      'any-load': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const given = { ...kDefaults, out: inRoot('docs', 'CAPACITY.md'), ...values };
  const models = given.models.split(',').map((text) => {
    const [model, milliseconds] = text.split('=');
    if (!(Number(milliseconds) > 0)) throw new ToolFailure(`--models ${text}: want NAME=MILLISECONDS`);
    return { model, latencyMs: Number(milliseconds) };
  });
  if (!(Number(given.seconds) > 0)) throw new ToolFailure(`--seconds ${given.seconds}: want a number above 0`);
  return { ...given, models, seconds: Number(given.seconds) };
}

/** How many cores a list such as 0-2 names. */
function countCores(list) {
  const [first, last = first] = list.split('-').map(Number);
  return last - first + 1;
}

async function measureModel({ model, latencyMs, folder, cores, client, seconds }) {
  const { file, request } = await network(model);
  const repository = new Repository(path.join(folder, 'servables'));
  const count = countCores(cores.server);
  repository.add(model, 1, file, `model:\n  instances: ${count}\n`);
  const server = await Server.start({ folder, repository, cores: cores.server });
  try {
    const load = (how) => client.run({ address: server.address, requests: [request], seconds, ...how });
    await load({ concurrency: 2 * count, seconds: Math.min(seconds, 2) });
    const say = (text) => console.log(`${model}: ${text}`);
    return { model, latencyMs, cores: count, ...(await highestRate({ load, latencyMs, concurrency: 4 * count, say })) };
  } finally {
    server.kill();
  }
}

async function measure({ models, seconds, ...given }) {
  const shared = shareCores();
  const cores = { server: given['server-cores'] ?? shared.server, client: given['client-cores'] ?? shared.client };
  const machine = machineFacts();
  const disturbed = machine.load[0] > kQuiet ? `the 1-minute load was ${machine.load[0]} before the run` : undefined;
  if (disturbed !== undefined && !given['any-load']) {
    console.error(`capacity: ${disturbed}, want at most ${kQuiet}; --any-load measures all the same`);
    process.exitCode = kNoisy;
    return undefined;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mindird-capacity-'));
  const client = new TimedClient(cores.client);
  try {
    const found = [];
    for (const one of models) {
      const place = path.join(folder, one.model);
      mkdirSync(place);
      found.push(await measureModel({ ...one, folder: place, cores, client, seconds }));
    }
    return { machine, seconds, disturbed, models: found };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fromCommandLine() {
  const given = options();
  if (given.help) return console.log(kHelp);
  const page = readFileSync(given.out, 'utf8');
  const result = given.from === undefined ? await measure(given) : JSON.parse(readFileSync(given.from, 'utf8'));
  if (result === undefined) return;
  if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(given.out, withCapacity(page, capacityTable(result)));
  console.log(capacityTable(result).join('\n'));
}

await main('capacity', fromCommandLine);
