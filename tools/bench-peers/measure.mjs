// The measurements: for each network and number of threads all sides are started, ours first and alone since it measures kernels while it builds, and then take
// turns, every round in another order. Before anything is timed every side's outputs are compared with MindSpore's.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { coreSeconds, sessionMembers, sessionSeconds } from '../lib/machine.mjs';
import { inRoot } from '../lib/paths.mjs';
import { run, ToolFailure } from '../lib/run.mjs';
import { cellFigures, peers, windowFigures } from './figures.mjs';
import { clientSide, engineSide, kEngineBench, peerSide, ServedModel } from './sides.mjs';
import { peersPython } from './venv.mjs';

const kRawPeer = inRoot('test', 'bench', 'peer.py');
const kReadyMs = 300_000;
const kLeastRuns = 3;
const kMostRuns = 20_000;
const kNativeRounds = 2;
/** Threads that spin after their run are given this long to go to sleep. */
const kSettle = 0.1;

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const rotated = (items, by) => [...items.slice(by % items.length), ...items.slice(0, by % items.length)];

/** What the machine reaches with so many threads: {gflops, gbytes}. */
export async function measurePeaks(cores) {
  const { out } = await run(
    'taskset',
    ['-c', cores.join(','), kEngineBench, '--peaks', '--threads', String(cores.length)],
    { capture: true },
  );
  return JSON.parse(out.trim().split('\n').at(-1));
}

/** The sides of one cell with the processes behind them. */
class Cell {
  constructor(cores, seconds) {
    this.cores = cores;
    this.seconds = seconds;
    this.sides = {};
    this.running = [];
    this.windows = {};
  }

  add(name, side) {
    this.sides[name] = side;
    this.running.push(side);
    return side;
  }

  /** The processes are all there: what they use is read without looking for them again. */
  settle() {
    this.members = new Map(this.running.map((each) => [each, sessionMembers(each.pid)]));
  }

  #reading() {
    const cores = this.cores.map(coreSeconds);
    return {
      busy: cores.reduce((sum, each) => sum + each.busy, 0),
      stolen: cores.reduce((sum, each) => sum + each.stolen, 0),
      used: new Map(this.running.map((each) => [each, sessionSeconds(each.pid, this.members.get(each))])),
      tool: process.cpuUsage(),
      at: performance.now(),
    };
  }

  /** How many runs fill a window, after the side has been warmed up. */
  async runsFor(name, pause = 0) {
    const order = { runs: kLeastRuns, ...(pause > 0 ? { pause_s: pause } : {}) };
    await this.sides[name].ask(order);
    const { ms } = await this.sides[name].ask(order);
    const each = ms.reduce((sum, one) => sum + one, 0) / ms.length + pause * 1000;
    return Math.min(kMostRuns, Math.max(kLeastRuns, Math.round((this.seconds * 1000) / each)));
  }

  /** One window of a side, kept under `as`. `beside`: processes that work for it, such as the server behind a client. */
  async window(name, runs, { pause = 0, as = name, beside = [] } = {}) {
    await sleep(kSettle);
    const before = this.#reading();
    const { ms, compute_ms: compute } = await this.sides[name].ask({ runs, ...(pause > 0 ? { pause_s: pause } : {}) });
    const after = this.#reading();
    const used = (each) => after.used.get(each) - before.used.get(each);
    const working = [this.sides[name], ...beside];
    const sum = (list) => list.reduce((total, each) => total + used(each), 0);
    const tool = (after.tool.user + after.tool.system - before.tool.user - before.tool.system) / 1e6;
    const figures = windowFigures({
      ms,
      compute,
      own: sum(working) + tool,
      idle: sum(this.running.filter((each) => !working.includes(each))),
      busy: after.busy - before.busy,
      stolen: after.stolen - before.stolen,
      wall: (after.at - before.at) / 1000,
      cores: this.cores.length,
    });
    this.windows[as] ??= [];
    this.windows[as].push(figures);
    return figures;
  }

  async stop() {
    for (const each of this.running.reverse()) await each.stop();
  }
}

/** Starts all sides of a network; the facts of the engine's line. */
async function startAll(cell, { net, files, scratch, rest, say }) {
  const raw = { inputs: path.join(scratch, 'inputs'), outputs: path.join(scratch, 'outputs') };
  await run(peersPython, [kRawPeer, 'raw', files.data, raw.inputs, raw.outputs]);
  const facts = await cell.add('engine', engineSide(cell.cores, files.mindir, raw)).next();
  if (facts.outside > 0)
    throw new ToolFailure(`${net}: ${facts.outside} outputs of the engine differ from MindSpore's`);
  say('serving');
  const served = await ServedModel.start(scratch, cell.cores, net, files.mindir, kReadyMs);
  cell.running.push(served);
  cell.add('client', clientSide(rest, served.address, net, files.data));
  cell.add('native', engineSide(cell.cores, files.mindir, raw, true));
  for (const name of peers) cell.add(name, peerSide(name, cell.cores, files.onnx, files.data));
  say('comparing outputs');
  for (const name of ['client', 'native', ...peers]) facts[name] = (await cell.sides[name].next()).ready;
  for (const name of ['client', ...peers]) await cell.sides[name].ask({ check: true });
  cell.settle();
  return { facts, served };
}

/** The figures of one network at one number of threads. */
export async function measureCell({ net, files, cores, every, rounds, seconds, say }) {
  // Beside the model, so that it can be linked; the system's folder where that cannot be written.
  const scratch = mkdtempSync(path.join(os.tmpdir(), `mindird-peers-${net}-`));
  const cell = new Cell(cores, seconds);
  const rest = every.filter((core) => !cores.includes(core));
  try {
    say('building');
    const { facts, served } = await startAll(cell, { net, files, scratch, say, rest: rest.length > 0 ? rest : cores });
    const runs = {};
    for (const name of ['engine', 'client', ...peers]) runs[name] = await cell.runsFor(name);
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} of ${rounds}`);
      for (const name of rotated(['engine', ...peers], round)) await cell.window(name, runs[name]);
      const { mean, compute } = await cell.window('client', runs.client, { as: 'served', beside: [served] });
      const pause = Math.max(0, mean - compute) / 1000;
      for (const name of rotated(peers, round)) {
        runs[`${name}_paced`] ??= await cell.runsFor(name, pause);
        await cell.window(name, runs[`${name}_paced`], { pause, as: `${name}_paced` });
      }
    }
    say('native');
    const native = await cell.runsFor('native');
    for (let round = 0; round < Math.min(rounds, kNativeRounds); round++) await cell.window('native', native);
    const versions = Object.fromEntries(peers.map((name) => [name, facts[name]]));
    return { net, threads: cores.length, build_ms: facts.build_ms, versions, ...cellFigures(cell.windows, facts) };
  } finally {
    await cell.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}
