// Loaded into the server with --import: writes to the file named by MINDIRD_LOOP_PROBE, once a second, how often its event loop stood still for more
// than 5 ms, and how many of its garbage collections took that long.

import { writeFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const kLongMs = 5;
const kTickMs = 1;

const file = process.env.MINDIRD_LOOP_PROBE;
if (file !== undefined && isMainThread) {
  const seen = { ticks: 0, pauses: 0, longest_ms: 0, collections: 0, long_collections: 0 };
  let before = performance.now();
  setInterval(() => {
    const now = performance.now();
    const late = now - before - kTickMs;
    before = now;
    seen.ticks += 1;
    if (late > kLongMs) seen.pauses += 1;
    seen.longest_ms = Math.max(seen.longest_ms, late);
  }, kTickMs).unref();
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      seen.collections += 1;
      if (duration > kLongMs) seen.long_collections += 1;
    }
  }).observe({ entryTypes: ['gc'] });
  setInterval(() => writeFileSync(file, JSON.stringify(seen)), 1000).unref();
}
