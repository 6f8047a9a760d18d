// What a load loop counts, the same for closed and open loops.

import type { ServerTimes } from '../client/times.ts';
import { Series, type SeriesSummary } from './series.ts';

/** Sends request number `index`; the stage times are the server's own, when it returned them. */
export type Send = (index: number) => Promise<ServerTimes | undefined>;

/** Where a loop stands, for a progress bar. */
export type Progress = (share: number, done: number, failed: number) => void;

/** A steady clock in milliseconds and a sleep against it; replaced in tests. */
export interface LoadClock {
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Gives other work of the event loop its turn, without a timer. */
  turn(): Promise<void>;
}

/** Running counts of a loop. */
export class Outcome {
  readonly latency: Series = new Series();
  readonly stages: Map<keyof ServerTimes, Series> = new Map();
  readonly errors: Map<string, number> = new Map();
  failed = 0;

  get succeeded(): number {
    return this.latency.count;
  }

  success(ms: number, times: ServerTimes | undefined): void {
    this.latency.add(ms);
    if (times === undefined) return;
    for (const [stage, value] of Object.entries(times) as [keyof ServerTimes, number][]) {
      const series = this.stages.get(stage) ?? new Series();
      this.stages.set(stage, series);
      series.add(value);
    }
  }

  failure(error: unknown): void {
    this.failed++;
    const text = error instanceof Error ? error.message : String(error);
    // Texts that differ in every request must not fill memory; the first kinds tell enough.
    const key = this.errors.has(text) || this.errors.size < maxKinds ? text : 'other errors';
    this.errors.set(key, (this.errors.get(key) ?? 0) + 1);
  }

  stageSummaries(): Readonly<Partial<Record<keyof ServerTimes, SeriesSummary>>> {
    const result: Partial<Record<keyof ServerTimes, SeriesSummary>> = {};
    for (const [stage, series] of this.stages) {
      const summary = series.summary();
      if (summary !== undefined) result[stage] = summary;
    }
    return result;
  }
}

const maxKinds = 20;
