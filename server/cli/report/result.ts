// What a report holds, as it is written to JSON and drawn in HTML.

import type { SystemInfo, TensorSpec } from '../../native/binding-types.ts';
import type { ArticleResult } from '../load/article.ts';
import type { MachineFacts } from '../machine/facts.ts';

/** The baseline: the cpu engine's kernels operator by operator, nothing folded or fused. */
export const baseline = 'native';

/** What bounds the latency on a device, host or device. Means over the runs the server has timed, as its own report of the model states them. */
export interface DeviceLatency {
  /** Names of the devices, e.g. that of the GPU. */
  readonly devices: readonly string[];
  readonly hostDispatchUs: number;
  readonly deviceUs: number;
  readonly boundBy: string;
}

/** One model on one engine. */
export type EngineRun =
  | {
      readonly engine: string;
      readonly ok: true;
      readonly article: ArticleResult;
      readonly loadBefore: number;
      /** Only where a device was used. */
      readonly device?: DeviceLatency;
    }
  | { readonly engine: string; readonly ok: false; readonly reason: string };

/** A run that was measured. */
export type GoodRun = EngineRun & { readonly ok: true };

/** One line of the table. */
export interface ModelRow {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Shapes that were sent, by input. */
  readonly sent: Readonly<Record<string, readonly number[]>>;
  readonly precision: string;
  /** The model is a plan file: its graph has been through the passes, whatever engine runs it. */
  readonly planFile?: true;
  readonly runs: readonly EngineRun[];
}

/** The whole report. */
export interface ReportResult {
  readonly kind: 'mindird-report';
  readonly format: 1;
  readonly rule: string;
  readonly repository: string;
  readonly engines: readonly string[];
  readonly threads: number | null;
  readonly machine: MachineFacts;
  readonly loadAfter: readonly number[];
  /** Undefined when the addon could not be asked. */
  readonly system: SystemInfo | undefined;
  readonly server: string;
  /** Reasons to doubt the figures; empty on a quiet machine. */
  readonly warnings: readonly string[];
  readonly models: readonly ModelRow[];
}

/** The measured run of an engine. */
export function goodRun(row: ModelRow, engine: string): GoodRun | undefined {
  return row.runs.find((run): run is GoodRun => run.ok && run.engine === engine);
}

/** How many times faster an engine is than the baseline, by engine time; undefined when one of them was not measured. */
export function speedUp(row: ModelRow, engine: string): number | undefined {
  const base = goodRun(row, baseline)?.article.meanEngineMs;
  const own = goodRun(row, engine)?.article.meanEngineMs;
  return base === undefined || own === undefined || own === 0 ? undefined : base / own;
}

/** Geometric mean of the speed-ups of an engine over all models that have one. */
export function meanSpeedUp(models: readonly ModelRow[], engine: string): number | undefined {
  const factors = models.map((row) => speedUp(row, engine)).filter((factor) => factor !== undefined);
  if (factors.length === 0) return undefined;
  return Math.exp(factors.reduce((sum, factor) => sum + Math.log(factor), 0) / factors.length);
}
