// Keeps the totals that ModelStatistics reports.

import type { ModelStatistics, RequestTimes, ServedModel } from '../model/served.ts';
import type { BatchCompletion } from '../native/binding-types.ts';

/** Most batch sizes kept apart; requests choose their sizes, so the table must not grow with them. */
const MAX_BATCH_SIZES = 256;

/** Counts one execution, whatever the number of requests in it. */
export function countBatch(model: ServedModel, batch: BatchCompletion): void {
  const { statistics } = model;
  statistics.executionCount += 1;
  let entry = statistics.batches.get(batch.rows);
  if (entry === undefined && statistics.batches.size < MAX_BATCH_SIZES) {
    entry = { count: 0, computeInputNs: 0, computeInferNs: 0, computeOutputNs: 0 };
    statistics.batches.set(batch.rows, entry);
  }
  if (entry !== undefined) {
    entry.count += 1;
    entry.computeInputNs += batch.gatherNs;
    entry.computeInferNs += batch.computeNs;
    entry.computeOutputNs += batch.scatterNs;
  }
  model.metrics.batch(batch.rows);
}

/** Counts one answered request; each request of a batch is charged the whole batch, which is what it waited for. */
export function countSuccess(statistics: ModelStatistics, rows: number, times: RequestTimes): void {
  statistics.inferenceCount += rows;
  statistics.lastInferenceMs = Date.now();
  statistics.successCount += 1;
  statistics.successNs += times.totalNs;
  statistics.queueCount += 1;
  statistics.queueNs += times.queueNs;
  statistics.computeInputNs += times.gatherNs;
  statistics.computeInferNs += times.computeNs;
  statistics.computeOutputNs += times.scatterNs;
}

/** Counts one refused or failed request. */
export function countFailure(statistics: ModelStatistics, times: RequestTimes): void {
  statistics.failCount += 1;
  statistics.failNs += times.totalNs;
}
