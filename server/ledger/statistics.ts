// The totals of a version that ModelStatistics reports.

import type { ModelStatistics, RequestTimes } from '../model/served.ts';
import type { BatchCompletion } from '../native/binding-types.ts';

/** Most batch sizes kept apart; requests choose their sizes, so the table must not grow with them. */
const maxBatchSizes = 256;

export function emptyStatistics(): ModelStatistics {
  return {
    inferenceCount: 0,
    executionCount: 0,
    cacheHits: 0,
    cacheHitNs: 0,
    cacheMisses: 0,
    cacheMissNs: 0,
    lastInferenceMs: 0,
    successCount: 0,
    successNs: 0,
    failCount: 0,
    failNs: 0,
    queueCount: 0,
    queueNs: 0,
    computeInputNs: 0,
    computeInferNs: 0,
    computeOutputNs: 0,
    batches: new Map(),
  };
}

/** What is counted of one execution. */
export type Execution = Pick<BatchCompletion, 'rows' | 'gatherNs' | 'computeNs' | 'scatterNs'>;

/** Counts one execution, whatever the number of requests in it. */
export function countExecution(statistics: ModelStatistics, execution: Execution): void {
  statistics.executionCount += 1;
  let entry = statistics.batches.get(execution.rows);
  if (entry === undefined && statistics.batches.size < maxBatchSizes) {
    entry = { count: 0, computeInputNs: 0, computeInferNs: 0, computeOutputNs: 0 };
    statistics.batches.set(execution.rows, entry);
  }
  if (entry === undefined) return;
  entry.count += 1;
  entry.computeInputNs += execution.gatherNs;
  entry.computeInferNs += execution.computeNs;
  entry.computeOutputNs += execution.scatterNs;
}

/**
 * Counts one answered request; each request of a batch is charged the whole batch, which is what it waited for. `atMs` since the epoch.
 */
export function countSuccess(statistics: ModelStatistics, rows: number, times: RequestTimes, atMs: number): void {
  statistics.inferenceCount += rows;
  statistics.lastInferenceMs = atMs;
  statistics.successCount += 1;
  statistics.successNs += times.totalNs;
  statistics.queueCount += 1;
  statistics.queueNs += times.queueNs;
  statistics.computeInputNs += times.gatherNs;
  statistics.computeInferNs += times.computeNs;
  statistics.computeOutputNs += times.scatterNs;
}

/** Counts one refused or failed request. */
export function countFailure(statistics: ModelStatistics, totalNs: number): void {
  statistics.failCount += 1;
  statistics.failNs += totalNs;
}
