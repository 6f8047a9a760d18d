// More than the server can do: open loop at multiples of the measured peak, every request with a deadline.

import { ToolFailure } from '../lib/run.mjs';
import { longNetwork } from './networks.mjs';
import { Repository, Server } from './server.mjs';

const kWarmUpSeconds = 1;
const kInFlight = 16;
/** What a client would wait: so many service times. */
const kDeadlineServices = 40;

/** A client that is later than this says nothing of the server. */
const kLateShare = 0.02;

/** How many requests wait at most: what can be computed in half of the deadline. */
const kQueue = kDeadlineServices / 2;

export async function overload({ folder, cores, timedClient, nodes, seconds, factors, say }) {
  const model = longNetwork(folder, nodes);
  const repository = new Repository(`${folder}/servables`);
  repository.add(model.name, 1, model.file, `batching:\n  max_queue: ${kQueue}\n`);
  const server = await Server.start({ folder, repository, cores: cores.server });
  try {
    const load = { address: server.address, requests: [model.request] };
    await timedClient.run({ ...load, concurrency: kInFlight, seconds: kWarmUpSeconds });
    const before = await timedClient.run({ ...load, concurrency: kInFlight, seconds });
    if (before.ok === 0) throw new ToolFailure(`overload: no answer at all: ${JSON.stringify(before.reasons)}`);
    const deadlineMs = Math.ceil((kDeadlineServices * 1000) / before.per_second);
    say(`peak ${before.per_second.toFixed(0)}/s at ${kInFlight} in flight; deadline ${deadlineMs} ms`);
    const steps = [];
    let peak = before;
    for (const factor of factors) {
      const step = await timedClient.run({
        ...load,
        rate: factor * before.per_second,
        seconds,
        deadlineMs,
        connections: 8,
      });
      const next = await timedClient.run({ ...load, concurrency: kInFlight, seconds: seconds / 2 });
      // Machines differ from one minute to the next: the peak is the mean of the two around the overload.
      steps.push({ factor, peak_per_second: (peak.per_second + next.per_second) / 2, ...step });
      peak = next;
      say(`${factor}×: ${step.in_time} of ${step.sent} in time, ${step.per_second.toFixed(0)}/s`);
    }
    const end = await server.stop();
    return { nodes, seconds, deadline_ms: deadlineMs, queue: kQueue, steps, end };
  } finally {
    server.kill();
  }
}

/** The checks of a result. `quiet`: also those that another user of the machine can spoil. */
export function overloadChecks({ deadline_ms, steps, end }) {
  const each = steps.flatMap((step) => [
    {
      what: `${step.factor}× the peak: answers in time, of the peak`,
      wanted: '≥ 95 %',
      found: `${((100 * step.per_second) / step.peak_per_second).toFixed(1)} %`,
      ok: step.per_second >= 0.95 * step.peak_per_second,
      timed: true,
    },
    {
      what: `${step.factor}× the peak: 99th percentile of refusals`,
      wanted: '≤ 2 ms',
      found: step.refusal === undefined ? 'no refusals' : `${step.refusal.p99.toFixed(2)} ms`,
      ok: step.refusal !== undefined && step.refusal.p99 <= 2,
      timed: true,
    },
    {
      what: `${step.factor}× the peak: how late the client itself sent, 99th percentile`,
      wanted: `≤ ${kLateShare * 100} % of the deadline`,
      found: `${step.lag.p99.toFixed(2)} ms`,
      ok: step.lag.p99 <= kLateShare * deadline_ms,
      timed: true,
    },
    {
      what: `${step.factor}× the peak: refusals that say when to try again`,
      wanted: 'all',
      found: `${step.hinted} of ${step.refused}`,
      ok: step.hinted === step.refused,
    },
    {
      what: `${step.factor}× the peak: requests lost, failed or answered wrongly`,
      wanted: '0',
      found: String(step.lost + step.failed + step.wrong),
      ok: step.lost + step.failed + step.wrong === 0,
    },
  ]);
  return [...each, exitCheck('overload', [end])];
}

/** That processes ended by themselves with status 0. */
export function exitCheck(when, ends) {
  const bad = ends.filter(({ code }) => code !== 0);
  return {
    what: `${when}: the server's exit status`,
    wanted: '0',
    found: bad.length === 0 ? '0' : bad.map(({ code, signal }) => code ?? signal).join(', '),
    ok: bad.length === 0,
  };
}
