// Closed loop: N callers, each sending its next request when the last one is answered. Latency under it is what a
// patient client sees; while the server stalls nothing is sent, so tails look better than open traffic would find them.

import { type LoadClock, Outcome, type Progress, type Send } from './outcome.ts';

/** What a closed loop found; `wallMs` runs from the first call to the last reply. */
export interface ClosedLoopResult {
  readonly outcome: Outcome;
  readonly wallMs: number;
}

/** How long and how wide; requests = 0 leaves only the duration to end it. */
export interface ClosedLoopLimits {
  readonly concurrency: number;
  readonly durationMs: number;
  readonly requests: number;
}

/** Runs until the duration is over or the number of requests is sent. */
export async function closedLoop(
  send: Send,
  limits: ClosedLoopLimits,
  clock: LoadClock,
  progress: Progress,
): Promise<ClosedLoopResult> {
  const outcome = new Outcome();
  const begin = clock.now();
  let sent = 0;
  const share = () => {
    const byTime = (clock.now() - begin) / limits.durationMs;
    return Math.min(1, limits.requests > 0 ? Math.max(byTime, sent / limits.requests) : byTime);
  };
  const caller = async () => {
    while (share() < 1) {
      const index = sent++;
      const start = clock.now();
      try {
        const times = await send(index);
        outcome.success(clock.now() - start, times);
      } catch (error) {
        outcome.failure(error);
        // A refused call returns at once; without a pause a dead server would be asked as fast as the loop turns.
        await clock.sleep(pauseAfterFailureMs);
      }
      progress(share(), outcome.succeeded, outcome.failed);
    }
  };
  await Promise.all(Array.from({ length: limits.concurrency }, caller));
  return { outcome, wallMs: clock.now() - begin };
}

const pauseAfterFailureMs = 5;
