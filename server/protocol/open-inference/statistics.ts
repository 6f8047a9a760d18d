// ModelStatistics from the totals of a version.

import type { ServedModel } from '../../model/served.ts';

function duration(count: number, ns: number): object {
  return { count, ns: Math.round(ns) };
}

/** One ModelStatistics message. */
export function statisticsOf(model: ServedModel): object {
  const s = model.statistics;
  const memory = model.native.memory();
  const batches = [...s.batches].sort(([a], [b]) => a - b);
  return {
    name: model.name,
    version: model.version,
    last_inference: s.lastInferenceMs,
    inference_count: s.inferenceCount,
    execution_count: s.executionCount,
    inference_stats: {
      success: duration(s.successCount, s.successNs),
      fail: duration(s.failCount, s.failNs),
      queue: duration(s.queueCount, s.queueNs),
      compute_input: duration(s.successCount, s.computeInputNs),
      compute_infer: duration(s.successCount, s.computeInferNs),
      compute_output: duration(s.successCount, s.computeOutputNs),
      cache_hit: duration(s.cacheHits, s.cacheHitNs),
      cache_miss: duration(s.cacheMisses, s.cacheMissNs),
    },
    batch_stats: batches.map(([rows, b]) => ({
      batch_size: rows,
      compute_input: duration(b.count, b.computeInputNs),
      compute_infer: duration(b.count, b.computeInferNs),
      compute_output: duration(b.count, b.computeOutputNs),
    })),
    memory_usage: [
      { type: 'CPU', id: 0, byte_size: memory.constants + memory.packed + memory.arenas + memory.kernels },
      ...(memory.device > 0 ? [{ type: 'GPU', id: 0, byte_size: memory.device }] : []),
    ],
  };
}
