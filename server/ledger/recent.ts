// What a version did in the last minutes, for people who look now: percentiles, and where the time went. Kept by whole minutes.

import type { RequestTimes } from '../model/served.ts';
import { cellCount, placeOf, quantiles } from './cells.ts';
import { type StageName, stageNames } from './stage-times.ts';

const minuteMs = 60_000;
/** Whole minutes kept; with the one that runs, a reading covers between four and five. */
export const recentMinutes = 5;

export interface RecentView {
  readonly requests: number;
  readonly failures: number;
  /** Seconds; undefined without requests. */
  readonly p50: number | undefined;
  readonly p90: number | undefined;
  readonly p99: number | undefined;
  /** Mean seconds of each stage; they add up to the mean of the whole. */
  readonly stages: Readonly<Record<StageName, number>>;
}

class Minute {
  readonly cells: Uint32Array = new Uint32Array(cellCount);
  readonly stages: Float64Array = new Float64Array(stageNames.length);
  requests = 0;
  failures = 0;

  clear(): void {
    this.cells.fill(0);
    this.stages.fill(0);
    this.requests = 0;
    this.failures = 0;
  }
}

export class Recent {
  readonly #minutes: readonly Minute[] = Array.from({ length: recentMinutes }, () => new Minute());
  #newest = 0;

  succeeded(times: RequestTimes, now: number): void {
    const minute = this.#at(now);
    const place = placeOf(times.totalNs);
    minute.requests += 1;
    minute.cells[place] = (minute.cells[place] ?? 0) + 1;
    const { stages } = minute;
    stages[0] = (stages[0] ?? 0) + times.receiveNs;
    stages[1] = (stages[1] ?? 0) + times.decodeNs;
    stages[2] = (stages[2] ?? 0) + times.queueNs;
    stages[3] = (stages[3] ?? 0) + times.gatherNs;
    stages[4] = (stages[4] ?? 0) + times.computeNs;
    stages[5] = (stages[5] ?? 0) + times.scatterNs;
    stages[6] = (stages[6] ?? 0) + times.encodeNs;
    stages[7] = (stages[7] ?? 0) + times.sendNs;
  }

  failed(now: number): void {
    this.#at(now).failures += 1;
  }

  view(now: number): RecentView {
    this.#at(now);
    const cells = new Uint32Array(cellCount);
    const stages = new Float64Array(stageNames.length);
    let [requests, failures] = [0, 0];
    for (const minute of this.#minutes) {
      failures += minute.failures;
      if (minute.requests === 0) continue;
      requests += minute.requests;
      for (let place = 0; place < cellCount; place++) cells[place] = (cells[place] ?? 0) + (minute.cells[place] ?? 0);
      for (let stage = 0; stage < stages.length; stage++)
        stages[stage] = (stages[stage] ?? 0) + (minute.stages[stage] ?? 0);
    }
    const mean = (index: number): number => (requests === 0 ? 0 : (stages[index] ?? 0) / requests / 1e9);
    const [p50, p90, p99] = quantiles(cells, [0.5, 0.9, 0.99]);
    const named = Object.fromEntries(stageNames.map((name, index) => [name, mean(index)])) as Record<StageName, number>;
    return { requests, failures, p50, p90, p99, stages: named };
  }

  /** The minute that `now` is in, emptied when time has come round to it again. */
  #at(now: number): Minute {
    const minute = Math.max(this.#newest, Math.floor(now / minuteMs));
    const passed = Math.min(recentMinutes, minute - this.#newest);
    for (let back = 0; back < passed; back++) this.#minutes[(minute - back) % recentMinutes]?.clear();
    this.#newest = minute;
    return this.#minutes[minute % recentMinutes] as Minute;
  }
}
