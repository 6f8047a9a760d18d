// The tail at 70 % load: Poisson arrivals, against the ideal queue whose service time is the median at one in flight.

import { readFileSync } from 'node:fs';
import { network } from './networks.mjs';
import { exitCheck } from './overload.mjs';
import { sojournQuantile } from './queue-model.mjs';
import { Repository, Server } from './server.mjs';

const kLoad = 0.7;
const kInstances = 1;

export async function tail({ folder, cores, timedClient, name = 'resnet50', seconds, say }) {
  const model = await network(name);
  const repository = new Repository(`${folder}/servables`);
  repository.add(name, 1, model.file);
  const probe = `${folder}/loop.json`;
  const server = await Server.start({ folder, repository, cores: cores.server, probe });
  try {
    const load = { address: server.address, requests: [model.request] };
    await timedClient.run({ ...load, concurrency: 4, seconds: 1 });
    const alone = await timedClient.run({ ...load, concurrency: 1, seconds: Math.min(seconds, 10) });
    const serviceMs = alone.latency.p50;
    const rate = (kLoad * kInstances * 1000) / serviceMs;
    const idealMs = sojournQuantile(0.99, rate / 1000, serviceMs, kInstances);
    say(`service ${serviceMs.toFixed(2)} ms, so ${rate.toFixed(0)}/s; ideal 99th percentile ${idealMs.toFixed(2)} ms`);
    const before = await watched(probe);
    const loaded = await timedClient.run({ ...load, rate, seconds });
    const after = await watched(probe);
    const end = await server.stop();
    const loop = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
    return {
      network: name,
      seconds,
      service_ms: serviceMs,
      rate,
      ideal_p99_ms: idealMs,
      loaded,
      loop: { ...loop, longest_ms: after.longest_ms },
      end,
    };
  } finally {
    server.kill();
  }
}

/** What the watch on the event loop wrote after this moment. */
async function watched(file) {
  await new Promise((resolve) => setTimeout(resolve, 1100));
  return JSON.parse(readFileSync(file, 'utf8'));
}

export function tailChecks({ seconds, ideal_p99_ms, loaded, loop, end }) {
  const allowed = Math.ceil((3 * seconds) / 600);
  return [
    {
      what: '70 % load: 99th percentile, of that of the ideal queue',
      wanted: '≤ 1.5',
      found: (loaded.latency.p99 / ideal_p99_ms).toFixed(2),
      ok: loaded.latency.p99 <= 1.5 * ideal_p99_ms,
      timed: true,
    },
    {
      what: `70 % load: pauses of the event loop over 5 ms in ${seconds} s`,
      wanted: `≤ ${allowed}`,
      found: String(loop.pauses),
      ok: loop.pauses <= allowed,
      timed: true,
    },
    {
      what: `70 % load: requests of ${loaded.sent} without the right answer`,
      wanted: '0',
      found: String(loaded.sent - loaded.ok),
      ok: loaded.ok === loaded.sent && loaded.sent > 0,
    },
    exitCheck('70 % load', [end]),
  ];
}
