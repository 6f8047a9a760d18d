// The measurements: starts, then windows at each size and number in flight, server after server within a round, every other round in another order.

import { median, percentile, ratio } from '../lib/judgement.mjs';
import { coreSeconds, sessionMemory, sessionSeconds } from '../lib/machine.mjs';
import { ToolFailure } from '../lib/run.mjs';
import { noise, summary, windowFigures } from './figures.mjs';
import { BenchServer, modelOf, sizes } from './servers.mjs';

const kReadyLimit = 120;
const kEarly = 100;
const kRatioKeys = ['p50', 'p90', 'p99', 'rate', 'cpu_ms'];
const kStages = /^mindird_request_stage_duration_seconds_sum\{model="([^"]+)",version="1",stage="(\w+)"\} (\S+)$/gm;

const rotated = (items, by) => [...items.slice(by % items.length), ...items.slice(0, by % items.length)];
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Waits until every model of a server is ready; seconds since its start. */
async function ready(client, server, models) {
  try {
    const { at } = await client.ask('ready', {
      address: server.address,
      models: models.map(modelOf),
      limit: kReadyLimit,
    });
    return at - server.startedAt;
  } catch (error) {
    throw new ToolFailure(`${server.name}: ${error.message}\n${server.tail}`);
  }
}

/** Start to ready, the first request and those after it, memory, and processor time when idle; {name: figures}. */
export async function starts({ recipes, client, folder, cores, models, rounds, idleSeconds, say }) {
  const cells = Object.fromEntries(Object.keys(recipes).map((name) => [name, []]));
  // What caches hold is there from here on.
  for (const round of Array.from({ length: rounds + 1 }, (_, i) => i - 1)) {
    for (const name of rotated(Object.keys(recipes), Math.max(0, round))) {
      const server = await BenchServer.start(name, recipes[name], {
        folder: `${folder}/${name}`,
        core: cores.server,
        models,
      });
      try {
        const readySeconds = await ready(client, server, models);
        if (round < 0) continue;
        const readyCpu = sessionSeconds(server.pid);
        const order = { address: server.address, model: modelOf(models[0]), shape: sizes[models[0]].shape };
        const [first, ...early] = (await client.ask('one_by_one', { ...order, count: kEarly + 1 })).ms;
        const resident = sessionMemory(server.pid);
        await sleep(1);
        const idle = sessionSeconds(server.pid);
        await sleep(idleSeconds);
        cells[name].push({
          ready_s: readySeconds,
          ready_cpu_s: readyCpu,
          first_ms: first,
          early_ms: early.reduce((a, b) => a + b, 0) / early.length,
          resident_mib: resident,
          idle_percent: (100 * (sessionSeconds(server.pid) - idle)) / idleSeconds,
        });
      } finally {
        await server.stop();
      }
    }
    say(round < 0 ? 'starts: caches are filled' : `starts: round ${round + 1} of ${rounds}`);
  }
  return Object.fromEntries(
    Object.entries(cells).map(([name, each]) => [
      name,
      {
        ...Object.fromEntries(Object.keys(each[0]).map((key) => [key, median(each.map((cell) => cell[key]))])),
        rounds: each,
      },
    ]),
  );
}

/** One window: {figures, ms}. */
async function window(client, server, cores, op, order) {
  const core = () => [coreSeconds(cores.server), coreSeconds(cores.client), sessionSeconds(server.pid)];
  const before = core();
  const { ms, wall, cpu, late } = await client.ask(op, { address: server.address, ...order });
  const after = core();
  const used = (i) => ({ busy: after[i].busy - before[i].busy, stolen: after[i].stolen - before[i].stolen });
  const figures = windowFigures({
    ms,
    wall,
    serverCpu: after[2] - before[2],
    clientCpu: cpu,
    server: used(0),
    client: used(1),
  });
  if (late !== undefined) figures.late_p99 = percentile(Float64Array.from(late).sort(), 99);
  return { figures, ms };
}

/** Sums of the stages by model so far, in seconds; only mindird tells them. */
async function stageSums(server) {
  const text = await (await fetch(`${server.http}/metrics`)).text();
  const sums = {};
  for (const [, model, stage, value] of text.matchAll(kStages)) {
    sums[model] ??= {};
    sums[model][stage] = Number(value);
  }
  return sums;
}

/** Milliseconds a request by stage between two readings; the rest of the client's mean is outside the server. */
export function waterfall(before, after, requests, clientMean) {
  const stages = Object.entries(after ?? {}).map(([stage, sum]) => [
    stage,
    ((sum - (before?.[stage] ?? 0)) * 1000) / requests,
  ]);
  const inside = stages.reduce((sum, [, ms]) => sum + ms, 0);
  return [...stages, ['outside', Math.max(0, clientMean - inside)]];
}

const cellName = (size, load) => `${size}@${load}`;

/** All windows; {sizes: {size: {load: {name: summary with ratio and noise}}}, stages: {size: waterfall}}. `load`: so many in flight, or `open`. */
export async function windows({ recipes, client, folder, cores, models, concurrency, seconds, rounds, say }) {
  const names = Object.keys(recipes);
  const servers = {};
  const cells = {};
  const stages = {};
  const keep = (size, load, name, { figures, ms }) => {
    cells[cellName(size, load)] ??= Object.fromEntries(names.map((each) => [each, { figures: [], ms: [] }]));
    const cell = cells[cellName(size, load)][name];
    cell.figures.push(figures);
    cell.ms.push(ms);
  };
  try {
    for (const name of names) {
      servers[name] = await BenchServer.start(name, recipes[name], {
        folder: `${folder}/${name}`,
        core: cores.server,
        models,
      });
      await ready(client, servers[name], models);
    }
    for (const size of models) {
      const order = { model: modelOf(size), shape: sizes[size].shape };
      for (const name of names) {
        await client.ask('check', { address: servers[name].address, ...order });
        for (const inFlight of concurrency)
          await client.ask('closed', { address: servers[name].address, ...order, concurrency: inFlight, seconds });
      }
      for (let round = 0; round < rounds; round++) {
        for (const name of rotated(names, round)) {
          for (const inFlight of concurrency) {
            const from = inFlight === 1 && name === 'mindird' ? await stageSums(servers.mindird) : undefined;
            const found = await window(client, servers[name], cores, 'closed', {
              ...order,
              concurrency: inFlight,
              seconds,
            });
            keep(size, inFlight, name, found);
            if (from === undefined) continue;
            const fall = waterfall(
              from[order.model],
              (await stageSums(servers.mindird))[order.model],
              found.figures.n,
              found.figures.mean,
            );
            for (const [stage, ms] of fall) {
              stages[size] ??= {};
              stages[size][stage] = (stages[size][stage] ?? 0) + ms / rounds;
            }
          }
        }
        // The same arrivals for all: half of what the slowest reached in the first round.
        const most = cells[cellName(size, concurrency.at(-1))];
        const rate = 0.5 * Math.min(...names.map((name) => most[name].figures[0].rate));
        for (const name of rotated(names, round))
          keep(
            size,
            'open',
            name,
            await window(client, servers[name], cores, 'open', { ...order, rate, seconds, seed: round }),
          );
      }
      say(
        `${sizes[size].label}: ${names.map((name) => `${name} ${median(cells[cellName(size, concurrency[0])][name].figures.map(({ p50 }) => p50)).toFixed(2)} ms`).join(', ')}`,
      );
    }
  } finally {
    for (const server of Object.values(servers)) await server.stop();
  }
  return { cells: summarised(cells, names), stages };
}

/** Cells with ratios of mindird to each other server, within rounds, and the reasons why a cell says nothing. */
export function summarised(cells, names) {
  return Object.fromEntries(
    Object.entries(cells).map(([name, by]) => [
      name,
      Object.fromEntries(
        names.map((server) => {
          const { figures, ms } = by[server];
          const others =
            server === 'mindird'
              ? {}
              : { ratio: Object.fromEntries(kRatioKeys.map((key) => [key, ratio(by.mindird.figures, figures, key)])) };
          return [server, { ...summary(figures, ms), ...others, noise: noise(figures) }];
        }),
      ),
    ]),
  );
}
