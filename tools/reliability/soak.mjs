// A long run with a mix of models and reloads: does resident memory stay where it is?

import { median } from '../lib/judgement.mjs';
import { residentMemory } from '../lib/machine.mjs';
import { network } from './networks.mjs';
import { exitCheck } from './overload.mjs';
import { Repository, Server } from './server.mjs';
import { slope } from './slope.mjs';

const kNames = ['lenet5', 'mobilenet_v2', 'bert_base', 'wide_deep', 'resnet50_dynamic'];
const kPoll = '200ms';
const kSampleMs = 1000;
/** Memory counts after a quarter of the time: the first half hour of two. */
const kWarmShare = 0.25;
/** How often the metrics are read, as Prometheus does; the first time loads what the HTTP port needs. */
const kScrapeSeconds = 15;
/** A shorter run says nothing of an hour. */
const kLeastSeconds = 1800;

export async function soak({ folder, cores, client, seconds, reloadSeconds, say }) {
  const models = await Promise.all(kNames.map((name) => network(name)));
  const repository = new Repository(`${folder}/servables`);
  for (const { name, file } of models) repository.add(name, 1, file);
  const environment = { MINDIRD_REPOSITORY_POLL: kPoll };
  const server = await Server.start({ folder, repository, cores: cores.server, environment });
  try {
    const load = { address: server.address, requests: models.map(({ request }) => request) };
    const peak = await client.run({ ...load, concurrency: 16, seconds: Math.min(10, seconds / 4) });
    const run = await client.begin({ ...load, rate: peak.per_second / 2 });
    let ended = false;
    const over = () => {
      ended = true;
    };
    run.result.then(over, over);
    const { points, count } = await watch({
      server,
      repository,
      models,
      seconds,
      reloadSeconds,
      client,
      say,
      ended: () => ended,
    });
    run.stop();
    const loaded = await run.result;
    const end = await server.stop();
    const counted = points.filter(([hours]) => hours * 3600 >= kWarmShare * seconds);
    return {
      networks: kNames,
      seconds,
      warm_up_seconds: kWarmShare * seconds,
      reloads: count,
      rate: peak.per_second / 2,
      loaded,
      resident_mib: {
        first: counted[0]?.[1],
        last: counted.at(-1)?.[1],
        most: Math.max(...points.map(([, mib]) => mib)),
      },
      mib_per_hour: slope(counted),
      mib_by_minute: byMinute(points),
      end,
    };
  } finally {
    server.kill();
  }
}

/** The median of each minute's samples, in MiB. */
function byMinute(points) {
  const minute = ([hours]) => Math.floor(hours * 60);
  return Array.from({ length: minute(points.at(-1) ?? [0]) + 1 }, (_, wanted) => {
    return median(points.filter((point) => minute(point) === wanted).map(([, mib]) => mib));
  });
}

/** Samples memory and brings new versions, one model after the other, until the time or the load is over; [hours, MiB] points. */
async function watch({ server, repository, models, seconds, reloadSeconds, client, say, ended }) {
  const points = [];
  const from = performance.now();
  let [count, told, scraped] = [0, 0, 0];
  for (let now = 0; now < seconds && !ended(); now = (performance.now() - from) / 1000) {
    points.push([now / 3600, residentMemory(server.pid)]);
    if (now >= scraped * kScrapeSeconds) {
      scraped += 1;
      await server.get('/metrics');
    }
    if (now >= (count + 1) * reloadSeconds) {
      const { name, file } = models[count % models.length];
      const version = 2 + Math.floor(count / models.length);
      repository.add(name, version, file);
      if (version > 3) repository.remove(name, version - 2);
      count += 1;
    }
    if (now >= (told + 1) * (seconds / 10)) {
      told += 1;
      say(
        `${Math.round(now)} of ${seconds} s, ${count} reloads, ${points.at(-1)[1].toFixed(0)} MiB, ${client.progress.ok ?? 0} answers`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(kSampleMs, (seconds * 1000) / 20)));
  }
  return { points, count };
}

export function soakChecks({ seconds, loaded, mib_per_hour, end }) {
  const told = mib_per_hour !== undefined && seconds >= kLeastSeconds;
  return [
    {
      what: `soak of ${seconds} s: growth of resident memory after the warm-up`,
      wanted: '≤ 1 MiB/h',
      found: told ? `${mib_per_hour.toFixed(2)} MiB/h` : 'too short to tell',
      ok: told ? mib_per_hour <= 1 : undefined,
      timed: true,
    },
    {
      what: `soak of ${seconds} s: requests of ${loaded.sent} without the right answer`,
      wanted: '0',
      found: String(loaded.sent - loaded.ok),
      ok: loaded.ok === loaded.sent && loaded.sent > 0,
    },
    {
      what: `soak of ${seconds} s: time under load`,
      wanted: `≥ ${seconds} s`,
      found: `${loaded.seconds.toFixed(0)} s`,
      ok: loaded.seconds >= seconds,
    },
    exitCheck('soak', [end]),
  ];
}
