// What is computed of the windows of one network at one number of threads: medians, ratios to the better peer within rounds, and whether they count.

import { disturbances, median, mostForeign, mostStolen, ratio, spread } from '../lib/judgement.mjs';
import { digits } from '../lib/page.mjs';

/** What stands beside ours, in the order of tables. */
export const peers = ['onnxruntime', 'openvino'];
export const titles = {
  engine: 'mindird',
  served: 'mindird, served',
  native: 'native',
  onnxruntime: 'ONNX Runtime',
  openvino: 'OpenVINO',
};

/** Others' share of the cores, the host's, and what sides that were to sleep used. */
const kLimits = {
  foreign: [mostForeign, 'others on the cores'],
  stolen: [mostStolen, 'time taken by the host'],
  idle: [mostForeign, 'sides that were to sleep used'],
};

/**
 * One window: `ms` of each run, what processes used meanwhile in seconds. own: of the side measured and of this tool, idle: of the other sides, busy and
 * stolen: of the `cores` cores, wall: how long it took.
 */
export function windowFigures({ ms, compute, own, idle, busy, stolen, wall, cores }) {
  const room = wall * cores;
  return {
    n: ms.length,
    ms: median(ms),
    mean: ms.reduce((sum, each) => sum + each, 0) / ms.length,
    ...(compute === undefined ? {} : { compute }),
    foreign: Math.max(0, busy - own - idle) / room,
    stolen: stolen / room,
    idle: idle / room,
  };
}

/** Figures of one side: medians over rounds with the least and the greatest. `key`: what counts of its windows. */
const sideFigures = (windows, key) => ({ ...spread(windows.map((window) => window[key])), rounds: windows });

/** Milliseconds in digits: fractions to the microsecond. */
export const msText = (ms) => (Math.abs(ms) < 1 ? ms.toFixed(3) : digits(ms));

/** So many threads, in words. */
export const threadText = (count) => `${count} ${Number(count) === 1 ? 'thread' : 'threads'}`;

/** The peer whose median is the least. */
const better = (sides) => [...peers].sort((a, b) => sides[a].median - sides[b].median)[0];

function ratioTo(windows, key, sides, suffix = '') {
  const found = Object.fromEntries(peers.map((name) => [name, sides[`${name}${suffix}`]]));
  const peer = better(found);
  return {
    ...ratio(
      windows.map((each) => ({ ms: each[key] })),
      found[peer].rounds.map((each) => ({ ms: each[key === 'compute' ? 'mean' : key] })),
      'ms',
    ),
    peer,
  };
}

/** A cell from the windows of each side, {engine, served, native, onnxruntime, openvino, onnxruntime_paced, openvino_paced}. */
export function cellFigures(windows, { operations, bytes }) {
  // Of requests the server tells the sum alone, so that means stand beside means there.
  const key = (name) => (name === 'served' ? 'compute' : name.endsWith('_paced') ? 'mean' : 'ms');
  const sides = Object.fromEntries(Object.entries(windows).map(([name, each]) => [name, sideFigures(each, key(name))]));
  const noise = Object.entries(windows).flatMap(([name, each]) =>
    disturbances(each, kLimits, key(name)).map((reason) => `${name}: ${reason}`),
  );
  return {
    operations,
    bytes,
    sides,
    wire: median(windows.served.map((each) => each.mean)),
    ratio: ratioTo(windows.engine, 'ms', sides),
    served: ratioTo(windows.served, 'compute', sides, '_paced'),
    noise,
  };
}

/** The geometric mean of some numbers; undefined of none. */
export const geometricMean = (values) =>
  values.length === 0 ? undefined : Math.exp(values.reduce((sum, each) => sum + Math.log(each), 0) / values.length);

/**
 * Operations and bytes a second in milliards, and the share of the nearer peak: what the network needs of arithmetic, or of memory; more than memory gives came out of
 * the caches and says nothing.
 */
export function rates({ operations, bytes }, ms, { gflops, gbytes }) {
  const reached = { gflops: operations / ms / 1e6, gbytes: bytes / ms / 1e6 };
  const [arithmetic, memory] = [reached.gflops / gflops, reached.gbytes / gbytes];
  return { ...reached, share: memory > 1 ? arithmetic : Math.max(arithmetic, memory) };
}

/** Milliseconds below which no program can be on this machine, if its data comes from memory. */
export const floor = ({ operations, bytes }, { gflops, gbytes }) => Math.max(operations / gflops, bytes / gbytes) / 1e6;

/** Reasons why nothing is concluded, each with its network. */
export const disturbed = ({ cells }) =>
  cells.flatMap(({ net, threads, noise }) => noise.map((reason) => `${net}, ${threadText(threads)}, ${reason}`));
