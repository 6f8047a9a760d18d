// New versions of a model that is under load: each folder appears by one renaming, the version before is taken away once the new one answers.

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

export async function reloads({ folder, cores, client, name = 'resnet50', seconds, count, say }) {
  const model = await network(name);
  const repository = new Repository(`${folder}/servables`);
  repository.add(name, 1, model.file);
  const environment = { MINDIRD_REPOSITORY_POLL: kPoll };
  const server = await Server.start({ folder, repository, cores: cores.server, environment });
  try {
    const load = { address: server.address, requests: [model.request] };
    const peak = await client.run({ ...load, concurrency: kInFlight, seconds });
    const rate = peak.per_second / 2;
    const before = await client.run({ ...load, rate, seconds });
    const run = await client.begin({ ...load, rate, seed: 11 });
    const from = performance.now();
    for (let version = 2; version <= count + 1; version++) {
      repository.add(name, version, model.file);
      await served(server, name, version);
      repository.remove(name, version - 1);
      if ((version - 1) % Math.max(1, Math.floor(count / 10)) === 0) say(`${version - 1} of ${count} reloads`);
    }
    const reloadSeconds = (performance.now() - from) / 1000;
    run.stop();
    const during = await run.result;
    const after = await client.run({ ...load, rate, seconds });
    const end = await server.stop();
    return { network: name, count, rate, poll: kPoll, reload_seconds: reloadSeconds, peak, before, during, after, end };
  } finally {
    server.kill();
  }
}

export function reloadChecks({ count, before, during, after, end }) {
  const calm = (before.latency.p99 + after.latency.p99) / 2;
  const bad = during.sent - during.ok;
  return [
    {
      what: `${count} reloads: requests of ${during.sent} without the right answer`,
      wanted: '0',
      found: String(bad),
      ok: bad === 0 && during.sent > 0,
    },
    {
      what: `${count} reloads: 99th percentile, of that without reloads`,
      wanted: '≤ 1.3',
      found: (during.latency.p99 / calm).toFixed(2),
      ok: during.latency.p99 <= 1.3 * calm,
      timed: true,
    },
    exitCheck('reloads', [end]),
  ];
}
