// The figures of the status page, also served as JSON.

import type { BuildDetail, Readiness } from '../inference/readiness.ts';
import type { ModelDirectory, ModelStatistics } from '../model/served.ts';

export interface StageMeans {
  readonly queueUs: number;
  readonly gatherUs: number;
  readonly computeUs: number;
  readonly scatterUs: number;
  /** Receiving, decoding, encoding: what is left of the total. */
  readonly protocolUs: number;
  readonly totalUs: number;
}

export interface StatusRow {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string;
  /** Only while its engines are built. */
  readonly build?: BuildDetail;
  readonly requests: number;
  readonly failures: number;
  readonly rowsPerExecution: number;
  /** Undefined before the first success. */
  readonly mean: StageMeans | undefined;
}

export interface StatusSnapshot {
  readonly serverVersion: string;
  readonly ready: boolean;
  readonly draining: boolean;
  readonly uptimeSeconds: number;
  readonly memoryBytes: number;
  readonly rows: readonly StatusRow[];
}

/** What is true now. */
export function snapshot(parts: {
  readonly readiness: Readiness;
  readonly models: ModelDirectory;
  readonly serverVersion: string;
}): StatusSnapshot {
  const { readiness, models, serverVersion } = parts;
  const rows = models.versions().map((status): StatusRow => {
    const { name, version, state, reason } = status;
    const build = readiness.buildOf(name, version);
    const statistics = state === 'ready' ? statisticsOf(models, name, version) : undefined;
    return {
      name,
      version,
      state,
      reason,
      ...(build === undefined ? {} : { build }),
      requests: statistics?.successCount ?? 0,
      failures: statistics?.failCount ?? 0,
      rowsPerExecution:
        statistics === undefined || statistics.executionCount === 0
          ? 0
          : statistics.inferenceCount / statistics.executionCount,
      mean: statistics === undefined ? undefined : meansOf(statistics),
    };
  });
  const memoryBytes = process.memoryUsage.rss();
  return {
    serverVersion,
    ready: readiness.ready,
    draining: readiness.draining,
    uptimeSeconds: process.uptime(),
    memoryBytes,
    rows,
  };
}

function statisticsOf(models: ModelDirectory, name: string, version: string): ModelStatistics {
  const lease = models.lease(name, version);
  try {
    return lease.model.statistics;
  } finally {
    lease.release();
  }
}

function meansOf(s: ModelStatistics): StageMeans | undefined {
  if (s.successCount === 0) return undefined;
  const mean = (ns: number): number => ns / s.successCount / 1000;
  const native = s.queueNs + s.computeInputNs + s.computeInferNs + s.computeOutputNs;
  return {
    queueUs: mean(s.queueNs),
    gatherUs: mean(s.computeInputNs),
    computeUs: mean(s.computeInferNs),
    scatterUs: mean(s.computeOutputNs),
    protocolUs: mean(s.successNs - native),
    totalUs: mean(s.successNs),
  };
}
