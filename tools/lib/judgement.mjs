// What measurements side by side are worth: order statistics, ratios within rounds, and whether the machine was quiet enough to conclude anything.

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

/** The middle, the least and the greatest of some numbers. */
export const spread = (values) => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) });

/** Ours over theirs, round by round. */
export const ratio = (ours, theirs, key) => spread(ours.map((window, round) => window[key] / theirs[round][key]));

/** Rounds of one contestant may differ by this in their medians. */
export const mostSpread = 0.25;
/** Shares of a core's time that others and the host may have had of a window. */
export const mostForeign = 0.05;
export const mostStolen = 0.02;

/** More than a quarter of the windows: fewer may be disturbed. */
export const tooMany = (windows, disturbed) => windows.filter(disturbed).length > windows.length / 4;

/**
 * Why the windows of one contestant do not count, in words; empty when they do. `limits`: {key: [most, words]}, shares of the time in each window;
 * `key` is the figure whose rounds may not differ.
 */
export function disturbances(windows, limits, key) {
  const reasons = Object.entries(limits)
    .filter(([name, [limit]]) => tooMany(windows, (window) => window[name] > limit))
    .map(([name, [limit, words]]) => {
      const most = Math.max(...windows.map((window) => window[name]));
      return `${words}: up to ${Math.round(100 * most)} %, limit ${100 * limit} %`;
    });
  const rounds = spread(windows.map((window) => window[key]));
  const differ = rounds.max / rounds.min - 1;
  if (differ > mostSpread)
    reasons.push(`medians of the rounds differ by ${Math.round(100 * differ)} %, limit ${100 * mostSpread} %`);
  return reasons;
}
