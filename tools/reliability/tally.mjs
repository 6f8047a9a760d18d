// What became of the requests of one run. Durations go into HDR histograms of Node (three figures, a microsecond to an hour).

import { createHistogram } from 'node:perf_hooks';

const kLongestUs = 3_600_000_000;
const kKinds = 20;
const kPercentiles = [50, 90, 99, 99.9];

const histogram = () => createHistogram({ lowest: 1, highest: kLongestUs, figures: 3 });

/** Percentiles of a histogram of microseconds, in milliseconds; undefined without observations. */
export function milliseconds(durations) {
  if (durations.count === 0) return undefined;
  return {
    count: durations.count,
    mean: durations.mean / 1000,
    max: durations.max / 1000,
    ...Object.fromEntries(kPercentiles.map((p) => [`p${p}`, durations.percentile(p) / 1000])),
  };
}

/**
 * Ends of requests by kind:
 * ok (the right reply), refused (safe to send again: UNAVAILABLE or RESOURCE_EXHAUSTED, or a stream the server did not take), late (the deadline passed),
 * wrong (another reply than expected), failed (any other status), lost (no status at all).
 */
export class Tally {
  counts = { sent: 0, ok: 0, in_time: 0, refused: 0, late: 0, wrong: 0, failed: 0, lost: 0 };
  hinted = 0;
  reasons = {};
  answers = histogram();
  refusals = histogram();
  lag = histogram();

  sent(lagMs) {
    this.counts.sent += 1;
    this.lag.record(clamp(lagMs));
  }

  ended({ kind, why = '', hint = false }, ms, deadlineMs) {
    this.counts[kind] += 1;
    if (kind === 'ok') {
      this.answers.record(clamp(ms));
      if (ms <= deadlineMs) this.counts.in_time += 1;
      return;
    }
    if (kind === 'refused') {
      this.refusals.record(clamp(ms));
      if (hint) this.hinted += 1;
    }
    const reason = `${kind}: ${why.replaceAll(/\d+/g, 'N')}`;
    const key = reason in this.reasons || Object.keys(this.reasons).length < kKinds ? reason : 'other';
    this.reasons[key] = (this.reasons[key] ?? 0) + 1;
  }

  /** Everything as plain data; times in milliseconds. */
  result(seconds) {
    return {
      seconds,
      ...this.counts,
      hinted: this.hinted,
      per_second: this.counts.in_time / seconds,
      latency: milliseconds(this.answers),
      refusal: milliseconds(this.refusals),
      lag: milliseconds(this.lag),
      reasons: this.reasons,
    };
  }
}

/** The result of a run whose durations are lists of microseconds, as grpc-go/tally.go tells it. */
export function resultOf({ seconds, counts, in_time, hinted, reasons, answers, refusals, lag }) {
  const tally = new Tally();
  Object.assign(tally.counts, counts, { in_time });
  Object.assign(tally, { hinted, reasons });
  for (const [into, list] of [
    [tally.answers, answers],
    [tally.refusals, refusals],
    [tally.lag, lag],
  ])
    for (const us of list ?? []) into.record(recordable(us));
  return tally.result(seconds);
}

/** Whole microseconds within a histogram's range. */
const recordable = (us) => Math.min(kLongestUs, Math.max(1, us));
const clamp = (ms) => recordable(Math.round(ms * 1000));
