// What is computed of measured windows: percentiles, figures of a cell, ratios within rounds, and whether the machine was quiet enough to conclude anything.

import { disturbances, median, mostForeign, mostStolen, percentile, tooMany } from '../lib/judgement.mjs';

const kCurve = [0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9];

/**
 * Figures of one window: `ms` latencies, `wall` and `serverCpu`, `clientCpu` in seconds, what both cores were used and stolen in that time.
 * foreign: what others used of the cores, as shares of the time.
 */
export function windowFigures({ ms, wall, serverCpu, clientCpu, server, client }) {
  const sorted = Float64Array.from(ms).sort();
  return {
    n: sorted.length,
    p50: percentile(sorted, 50),
    p90: percentile(sorted, 90),
    p99: percentile(sorted, 99),
    mean: sorted.reduce((a, b) => a + b, 0) / sorted.length,
    rate: sorted.length / wall,
    cpu_ms: (serverCpu * 1000) / sorted.length,
    foreign: Math.max(0, server.busy - serverCpu) / wall,
    client_foreign: Math.max(0, client.busy - clientCpu) / wall,
    stolen: Math.max(server.stolen, client.stolen) / wall,
  };
}

/** Medians over rounds, percentiles of all latencies together, and the points of their curve. */
export function summary(windows, latencies) {
  const all = Float64Array.from(latencies.flatMap((ms) => [...ms])).sort();
  const keys = Object.keys(windows[0] ?? {});
  return {
    ...Object.fromEntries(keys.map((key) => [key, median(windows.map((window) => window[key]))])),
    n: all.length,
    pooled: { p50: percentile(all, 50), p90: percentile(all, 90), p99: percentile(all, 99) },
    curve: kCurve.map((p) => [p, percentile(all, p)]),
    rounds: windows,
  };
}

/** An open loop counts while the client's own lateness (99th percentile) is below this share of the latency's. */
export const mostLate = 0.5;

/** Above these a window says nothing: others' share of the server's and the client's core, what the host took. */
const kLimits = {
  foreign: [mostForeign, "others on the server's core"],
  client_foreign: [2 * mostForeign, "others on the client's core"],
  stolen: [mostStolen, 'time taken by the host'],
};

/** Why windows of one cell do not count, in words; empty when they do. */
export function noise(windows) {
  const reasons = disturbances(windows, kLimits, 'p50');
  const late = ({ late_p99 = 0, p99 }) => late_p99 > mostLate * p99;
  if (tooMany(windows, late))
    reasons.push(
      `the client sent late: up to ${Math.max(...windows.filter(late).map(({ late_p99 }) => late_p99)).toFixed(1)} ms, limit ${100 * mostLate} % of the 99th percentile`,
    );
  return reasons;
}
