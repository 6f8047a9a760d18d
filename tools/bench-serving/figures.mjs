// What is computed of measured windows: percentiles, figures of a cell, ratios within rounds, and whether the machine was quiet enough to conclude anything.

const kCurve = [0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9];

/** The smallest value that at least p percent of the sorted values do not exceed; undefined of none. */
export function percentile(sorted, p) {
  if (sorted.length === 0) return undefined;
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length - 1e-9) - 1)];
}

/** The middle of some numbers; undefined of none. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 || sorted.length === 0 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

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

/** Ours over theirs, round by round: the middle, the least and the greatest. */
export function ratio(ours, theirs, key) {
  const each = ours.map((window, round) => window[key] / theirs[round][key]);
  return { median: median(each), min: Math.min(...each), max: Math.max(...each) };
}

/** Above these a window says nothing: others' share of the server's and the client's core, what the host took. */
export const limits = { foreign: 0.05, client_foreign: 0.1, stolen: 0.02 };
/** Rounds of one server may differ by this in their medians. */
export const mostSpread = 0.25;

/** An open loop counts while the client's own lateness (99th percentile) is below this share of the latency's. */
export const mostLate = 0.5;

/** Why windows of one cell do not count, in words; empty when they do. A quarter of them may be disturbed. */
export function noise(windows) {
  const words = {
    foreign: "others on the server's core",
    client_foreign: "others on the client's core",
    stolen: 'time taken by the host',
  };
  const reasons = Object.entries(limits).flatMap(([key, limit]) => {
    const over = windows.filter((window) => window[key] > limit).length;
    const most = Math.max(...windows.map((window) => window[key]));
    return over > windows.length / 4
      ? [`${words[key]}: up to ${Math.round(100 * most)} %, limit ${100 * limit} %`]
      : [];
  });
  const late = windows.filter(({ late_p99 = 0, p99 }) => late_p99 > mostLate * p99);
  if (late.length > windows.length / 4)
    reasons.push(
      `the client sent late: up to ${Math.max(...late.map(({ late_p99 }) => late_p99)).toFixed(1)} ms, limit ${100 * mostLate} % of the 99th percentile`,
    );
  const medians = windows.map(({ p50 }) => p50).sort((a, b) => a - b);
  const spread = medians.at(-1) / medians[0] - 1;
  if (spread > mostSpread)
    reasons.push(`medians of the rounds differ by ${Math.round(100 * spread)} %, limit ${100 * mostSpread} %`);
  return reasons;
}
