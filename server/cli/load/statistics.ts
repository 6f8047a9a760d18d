// What the server's own counters say of a run: the difference of two ModelStatistics readings.

import type { InferStatistics, ModelStatisticsMessage } from '../client/messages.ts';

/** Mean milliseconds per request of one stage, with the number of requests it rests on. */
export interface StageMean {
  readonly count: number;
  readonly meanMs: number;
}

/** Counters of one run. */
export interface StatisticsDifference {
  readonly inferences: number;
  readonly executions: number;
  readonly stages: Readonly<Record<keyof InferStatistics, StageMean>>;
}

const stageKeys: readonly (keyof InferStatistics)[] = [
  'success',
  'fail',
  'queue',
  'compute_input',
  'compute_infer',
  'compute_output',
];

/** After minus before; undefined when one of them is missing or the version was reloaded between them (counters fell). */
export function statisticsDifference(
  before: ModelStatisticsMessage | undefined,
  after: ModelStatisticsMessage | undefined,
): StatisticsDifference | undefined {
  if (before === undefined || after === undefined || after.inference_count < before.inference_count) return undefined;
  const stages = Object.fromEntries(
    stageKeys.map((key) => {
      const from = before.inference_stats?.[key];
      const to = after.inference_stats?.[key];
      const count = (to?.count ?? 0) - (from?.count ?? 0);
      const ns = (to?.ns ?? 0) - (from?.ns ?? 0);
      return [key, { count, meanMs: count > 0 ? ns / count / 1e6 : 0 }];
    }),
  ) as unknown as Record<keyof InferStatistics, StageMean>;
  return {
    inferences: after.inference_count - before.inference_count,
    executions: after.execution_count - before.execution_count,
    stages,
  };
}
