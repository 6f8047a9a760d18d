// New versions of a model that is under load: each folder appears by one renaming, the version before is taken away once the new one answers.

import { median } from '../lib/judgement.mjs';
import { network } from './networks.mjs';
import { exitCheck } from './overload.mjs';
import { Repository, Server } from './server.mjs';

const kPoll = '100ms';
const kWaitMs = 60_000;
const kLookMs = 20;
const kInFlight = 16;

/** Waits until a version takes requests; asked for as an operator would, since a page of metrics costs more than a reload. */
async function served(server, name, version) {
  for (const end = performance.now() + kWaitMs; performance.now() < end; ) {
    if (await server.answers(`/v2/models/${name}/versions/${version}/ready`)) return;
    await new Promise((resolve) => setTimeout(resolve, kLookMs));
  }
  throw new Error(`version ${version} of ${name} did not become ready: ${server.tail}`);
}

/** Makes new versions until so many are made or the time has come, in milliseconds of performance.now(); the version that is served at the end. */
async function replace({ server, repository, model, first, last, end }) {
  let version = first;
  for (; version < last && performance.now() < end; version++) {
    repository.add(model.name, version + 1, model.file);
    await served(server, model.name, version + 1);
    repository.remove(model.name, version);
  }
  return version;
}

/** The same load in slices of some seconds, without reloads and with them in turns, so that both meet the machine as it is at the time. */
export async function reloads({ folder, cores, timedClient, name = 'resnet50', seconds, count, say }) {
  const model = await network(name);
  const repository = new Repository(`${folder}/servables`);
  repository.add(name, 1, model.file);
  const environment = { MINDIRD_REPOSITORY_POLL: kPoll };
  const server = await Server.start({ folder, repository, cores: cores.server, environment });
  try {
    const load = { address: server.address, requests: [model.request] };
    await timedClient.run({ ...load, concurrency: kInFlight, seconds });
    const peak = await timedClient.run({ ...load, concurrency: kInFlight, seconds });
    const rate = peak.per_second / 2;
    const slices = [];
    for (let version = 1; version <= count; ) {
      const seed = slices.length + 1;
      const calm = await timedClient.run({ ...load, rate, seconds, seed });
      const run = timedClient.run({ ...load, rate, seconds, seed });
      const end = performance.now() + seconds * 1000;
      const made = replace({ server, repository, model, first: version, last: count + 1, end });
      const [during, reached] = await Promise.all([run, made]);
      slices.push({ calm, during, reloads: reached - version });
      version = reached;
      say(`${version - 1} of ${count} reloads`);
    }
    const end = await server.stop();
    return { network: name, count, rate, poll: kPoll, seconds, slices, end };
  } finally {
    server.kill();
  }
}

export function reloadChecks({ count, slices, end }) {
  const requests = slices.flatMap(({ calm, during }) => [calm, during]);
  const sent = requests.reduce((sum, run) => sum + run.sent, 0);
  const bad = requests.reduce((sum, run) => sum + run.sent - run.ok, 0);
  const ratio = median(slices.map(({ calm, during }) => during.latency.p99 / calm.latency.p99));
  return [
    {
      what: `${count} reloads: requests of ${sent} without the right answer`,
      wanted: '0',
      found: String(bad),
      ok: bad === 0 && sent > 0,
    },
    {
      what: `${count} reloads: 99th percentile, of that without reloads`,
      wanted: '≤ 1.3',
      found: ratio.toFixed(2),
      ok: ratio <= 1.3,
      timed: true,
    },
    exitCheck('reloads', [end]),
  ];
}
