// The highest rate of arrivals at which an objective holds.

/** Shares of the peak that are tried, the highest first; above the last of them nothing is said of a model. */
const kShares = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.4, 0.3, 0.2];

/** How late the load may be sent, as a part of the objective, for a run to say something. */
const kLateness = 0.2;

/** Why a run of the load does not hold the objective (`latencyMs` at the 99th percentile); undefined where it does. */
export function broken(run, latencyMs) {
  const lost = run.sent - run.ok;
  if (run.ok === 0 || lost > 0) return `${lost} of ${run.sent} requests were not answered rightly`;
  if (run.lag.p99 > kLateness * latencyMs) return `the load was sent ${run.lag.p99.toFixed(1)} ms late`;
  if (run.latency.p99 > latencyMs) return `the 99th percentile is ${run.latency.p99.toFixed(1)} ms`;
  return undefined;
}

/**
 * Looks for the rate: `load({concurrency})` and `load({rate})` run the server and resolve to a tally (tools/reliability/tally.mjs). Resolves to the peak and, where
 * one holds, to the rate with the percentiles of its run, in milliseconds.
 */
export async function highestRate({ load, latencyMs, concurrency, say = () => undefined }) {
  const { per_second: peak } = await load({ concurrency });
  for (const share of kShares) {
    const run = await load({ rate: peak * share });
    const why = broken(run, latencyMs);
    say(`${(peak * share).toFixed(1)}/s, ${(100 * share).toFixed(0)} % of the peak: ${why ?? 'holds'}`);
    if (why === undefined) return { peak, rate: run.ok / run.seconds, p50: run.latency.p50, p99: run.latency.p99 };
  }
  return { peak };
}
