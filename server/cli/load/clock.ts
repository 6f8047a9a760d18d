// The real clock of the load loops.

import { performance } from 'node:perf_hooks';
import type { LoadClock } from './outcome.ts';

/** Steady time, timers and event-loop turns of this process. */
export const realClock: LoadClock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};
