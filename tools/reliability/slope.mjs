// How fast a measured quantity grows, robust against single outliers.

import { median } from '../lib/judgement.mjs';

const kMost = 600;

/** Theil and Sen's slope of [x, y] points: the median of the slopes of all pairs. Undefined below three points; long series are thinned out evenly. */
export function slope(points) {
  const every = Math.ceil(points.length / kMost);
  const kept = points.filter((_, index) => index % every === 0);
  if (kept.length < 3) return undefined;
  const slopes = [];
  for (const [index, [x1, y1]] of kept.entries())
    for (const [x2, y2] of kept.slice(index + 1)) if (x2 !== x1) slopes.push((y2 - y1) / (x2 - x1));
  return median(slopes);
}
