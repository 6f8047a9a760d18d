// SIGTERM at random moments while requests are in flight, each time on a server that has just started.

import { network } from './networks.mjs';
import { exitCheck } from './overload.mjs';
import { Repository, Server } from './server.mjs';

const kInFlight = 16;
const kLatestMs = 400;

export async function sigterms({ folder, cores, client, name = 'lenet5', count, random, say }) {
  const model = await network(name);
  const repository = new Repository(`${folder}/servables`);
  repository.add(name, 1, model.file);
  const totals = { sent: 0, ok: 0, refused: 0, late: 0, wrong: 0, failed: 0, lost: 0 };
  const reasons = {};
  const ends = [];
  const drains = [];
  for (let round = 1; round <= count; round++) {
    const server = await Server.start({ folder, repository, cores: cores.server });
    try {
      const run = await client.begin({
        address: server.address,
        requests: [model.request],
        concurrency: kInFlight,
        seed: round,
      });
      await new Promise((resolve) => setTimeout(resolve, random.uniform() * kLatestMs));
      const from = performance.now();
      server.signal('SIGTERM');
      const result = await run.result;
      const end = await server.exited();
      drains.push(performance.now() - from);
      for (const kind of Object.keys(totals)) totals[kind] += result[kind];
      for (const [reason, times] of Object.entries(result.reasons)) reasons[reason] = (reasons[reason] ?? 0) + times;
      ends.push(end);
    } finally {
      server.kill();
    }
    if (round % Math.max(1, Math.floor(count / 10)) === 0)
      say(`${round} of ${count}: ${totals.sent} requests, ${totals.lost} lost`);
  }
  drains.sort((a, b) => a - b);
  return {
    network: name,
    count,
    in_flight: kInFlight,
    ...totals,
    reasons,
    end_ms: { p50: drains[drains.length >> 1], max: drains.at(-1) },
    bad_ends: ends.filter(({ code }) => code !== 0),
  };
}

export function sigtermChecks({ count, sent, ok, refused, lost, failed, wrong, late, bad_ends }) {
  return [
    {
      what: `${count} × SIGTERM: requests of ${sent} neither answered nor refused so that they may be sent again`,
      wanted: '0',
      found: String(lost + failed + wrong + late),
      ok: ok > 0 && ok + refused === sent,
    },
    exitCheck(`${count} × SIGTERM`, bad_ends),
  ];
}
