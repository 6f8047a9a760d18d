// What the models tell the metrics.

import type { ServableConfig } from '../config/servable-fields.ts';
import type { ErrorCode } from '../errors.ts';
import type { NativeModel } from '../native/binding-types.ts';
import type { ModelMetrics } from './served.ts';

/** Requests that wait for room in a full queue. */
export interface Delayed {
  readonly size: number;
}

/** A version that is about to serve. */
export interface OpenedModel {
  readonly name: string;
  readonly version: string;
  readonly native: NativeModel;
  /** Other models of its folder, which stages of its methods run. */
  readonly others: readonly NativeModel[];
  /** Absent: what finds the queue full is refused. */
  readonly delayed?: Delayed | undefined;
  readonly config: ServableConfig;
  /** The native report, parsed. */
  readonly report: unknown;
  readonly loadMs: number;
}

/** The metrics of one loaded copy; close() ends its share of the series. */
export interface OpenMetrics extends ModelMetrics {
  /** The native report has changed: other plans serve. */
  reported(report: unknown): void;
  close(): void;
}

export interface ModelObserver {
  /** The repository holds a servable with this objective, whether any of its versions is ready or not; told again when its files changed. */
  known(name: string, slo: ServableConfig['slo']): void;
  /** The repository holds it no more. */
  forgotten(name: string): void;
  opened(model: OpenedModel): OpenMetrics;
  loadFailed(name: string, code: ErrorCode): void;
  /** An engine built a subgraph (`built`) or could not (`failed`). */
  engineBuilt(engine: string, result: string, seconds: number): void;
  /** A look-up in the engine cache: hit, miss, invalid or disabled. */
  cacheLookup(engine: string, result: string): void;
  /** A build that went on while its version served has ended: swapped or failed. */
  backgroundBuild(name: string, result: 'swapped' | 'failed'): void;
}
