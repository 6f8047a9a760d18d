// Open loop: arrivals are drawn before the run (Poisson: exponential gaps) and sent at their times whatever the server
// does. Latency counts from the intended start, so time a request spends waiting for a late generator or a stalled
// server is in it (no coordinated omission). The generator's own lag (actual minus intended start) is reported beside it.
//
//   intended   |--|----|-|------|---|          fixed by the seed
//   sent       |--|----||-------|---|          lag where the event loop was busy
//   latency       <-------> reply

import { CommandFailure } from '../failure.ts';
import { type LoadClock, Outcome, type Progress, type Send } from './outcome.ts';
import { Random } from './random.ts';
import { Series } from './series.ts';

/** What an open loop found. */
export interface OpenLoopResult {
  readonly outcome: Outcome;
  readonly wallMs: number;
  /** Arrivals the schedule held. */
  readonly arrivals: number;
  /** Arrivals not sent because too many requests were outstanding; they count as failures of the run. */
  readonly missed: number;
  readonly lag: Series;
}

/** Rate per second and bounds. */
export interface OpenLoopLimits {
  readonly rate: number;
  readonly durationMs: number;
  readonly maxOutstanding: number;
}

// A timer is late by up to about a millisecond; the rest of the gap is spent on turns of the event loop.
const timerSlackMs = 1.5;
const maxArrivals = 20_000_000;

/** Poisson arrival times in milliseconds from the start, ascending, all before `durationMs`. */
export function arrivalTimes(rate: number, durationMs: number, seed: number): Float64Array {
  if (rate * durationMs > maxArrivals * 1000) {
    throw new CommandFailure(
      `rate ${rate}/s for ${durationMs / 1000} s is too many arrivals, want at most ${maxArrivals}`,
    );
  }
  const random = new Random(seed);
  const times: number[] = [];
  for (let at = random.exponential() * (1000 / rate); at < durationMs; at += random.exponential() * (1000 / rate))
    times.push(at);
  return Float64Array.from(times);
}

/** Sends every arrival at its time and waits for all replies. */
export async function openLoop(
  send: Send,
  arrivals: Float64Array,
  limits: OpenLoopLimits,
  clock: LoadClock,
  progress: Progress,
): Promise<OpenLoopResult> {
  const outcome = new Outcome();
  const lag = new Series();
  const outstanding = new Set<Promise<void>>();
  const begin = clock.now();
  let missed = 0;
  for (let index = 0; index < arrivals.length; index++) {
    const intended = begin + (arrivals[index] ?? 0);
    await waitUntil(intended, clock);
    if (outstanding.size >= limits.maxOutstanding) {
      missed++;
      continue;
    }
    lag.add(clock.now() - intended);
    const request = sendOne(send, index, intended, outcome, clock);
    outstanding.add(request);
    void request.finally(() => outstanding.delete(request));
    progress((clock.now() - begin) / limits.durationMs, outcome.succeeded, outcome.failed);
    // A generator that is behind must still let sockets be read and written.
    await clock.turn();
  }
  await Promise.all(outstanding);
  return { outcome, wallMs: clock.now() - begin, arrivals: arrivals.length, missed, lag };
}

async function sendOne(send: Send, index: number, intended: number, outcome: Outcome, clock: LoadClock): Promise<void> {
  try {
    const times = await send(index);
    outcome.success(clock.now() - intended, times);
  } catch (error) {
    outcome.failure(error);
  }
}

async function waitUntil(time: number, clock: LoadClock): Promise<void> {
  for (;;) {
    const left = time - clock.now();
    if (left <= 0) return;
    if (left > timerSlackMs) await clock.sleep(Math.floor(left - timerSlackMs) || 1);
    else await clock.turn();
  }
}
