// A loaded version as the request path sees it.

import path from 'node:path';
import type { ServableConfig } from '../config/servable-fields.ts';
import { ServingError } from '../errors.ts';
import type { LoadOptions, NativeModel, Precision, Signature } from '../native/binding-types.ts';
import type { CalibrationReport } from './calibration.ts';
import { NoModel } from './no-model.ts';
import type { QueueTimeouts } from './queue-timeouts.ts';
import type { ResponseCache } from './response-cache.ts';
import type { SecondLines } from './second-line.ts';
import type { ModelMetrics, ModelStatistics, OpenStages, ServedMethod, ServedModel } from './served.ts';

/**
 * A report's text without places of this machine, which are nobody's business who may read reports: paths are relative to the repository,
 * that is NAME/VERSION/FILE, and to the engine cache. `file` is the model's.
 */
function withoutPlaces(text: string, file: string, cacheDir: string | null): string {
  const root = path.dirname(path.dirname(path.dirname(file)));
  const inside = (folder: string): string => JSON.stringify(folder.endsWith('/') ? folder : `${folder}/`).slice(1, -1);
  const own = root === '/' || !path.isAbsolute(root) ? text : text.replaceAll(inside(root), '');
  return cacheDir === null ? own : own.replaceAll(inside(cacheDir), '');
}

/** What the server adds to the native report of a version. */
export interface LoadFacts {
  /** The native signature with the names that the configuration gives inputs. */
  readonly signature: Signature;
  readonly loadMs: number;
  /** Milliseconds since the epoch. */
  readonly readyAt: number;
  readonly methods: readonly ServedMethod[];
  readonly batchDim: boolean;
  readonly stages?: OpenStages | undefined;
  readonly responses: ResponseCache | undefined;
  readonly queueTimeouts: QueueTimeouts;
  readonly lines: SecondLines | undefined;
  /** Of a version in 8 bits. */
  readonly calibration: CalibrationReport | undefined;
}

export class ServedVersion implements ServedModel {
  readonly name: string;
  readonly version: string;
  readonly native: NativeModel;
  readonly signature: Signature;
  readonly statistics: ModelStatistics;
  readonly metrics: ModelMetrics;
  readonly maxBatch: number;
  readonly maxQueueDelayUs: number;
  readonly instances: number;
  readonly preferredBatches: readonly number[];
  readonly platform: string;
  readonly methods: readonly ServedMethod[];
  readonly batchDim: boolean;
  readonly isModelless: boolean;
  readonly stages: OpenStages | undefined;
  readonly responses: ResponseCache | undefined;
  readonly queueTimeouts: QueueTimeouts;
  readonly lines: SecondLines | undefined;
  readonly #options: LoadOptions;
  readonly #facts: LoadFacts;
  #full: ServingError | undefined;

  constructor(
    name: string,
    version: string,
    native: NativeModel,
    metrics: ModelMetrics,
    options: LoadOptions,
    facts: LoadFacts,
  ) {
    this.name = name;
    this.version = version;
    this.native = native;
    this.signature = facts.signature;
    this.metrics = metrics;
    this.statistics = metrics.statistics;
    this.maxBatch = options.maxBatch;
    this.maxQueueDelayUs = options.maxQueueDelayUs;
    this.instances = options.instances;
    this.preferredBatches = options.buckets;
    this.#options = options;
    this.methods = facts.methods;
    this.batchDim = facts.batchDim;
    this.isModelless = native instanceof NoModel;
    this.platform = this.isModelless ? 'ensemble' : 'mindspore_mindir';
    this.stages = facts.stages;
    this.responses = facts.responses;
    this.queueTimeouts = facts.queueTimeouts;
    this.lines = facts.lines;
    this.#facts = facts;
  }

  /** The same error each time, in native code's words: in an overload it is needed thousands of times a second. */
  refusal(): ServingError | undefined {
    const { label, maxQueue } = this.#options;
    if (this.native.queueDepth() < maxQueue) return undefined;
    this.#full ??= new ServingError(
      'OVERLOADED',
      `the queue of ${label} is full: ${maxQueue} requests wait (batching.max_queue)`,
    );
    return this.#full;
  }

  report(): unknown {
    const { path: file, engines, precision, keepFp32, weights, threads, instances, maxBatch, cacheDir } = this.#options;
    const { calibration } = this.#facts;
    const report = {
      model: this.name,
      version: this.version,
      file,
      options: {
        engines,
        precision: calibration === undefined ? precision : 'int8',
        keep_fp32: keepFp32,
        weights,
        threads,
        instances,
        max_batch: maxBatch,
        cache: cacheDir === null ? 'off' : 'on',
      },
      load_ms: this.#facts.loadMs,
      ready_at: new Date(this.#facts.readyAt).toISOString(),
      signature: this.signature,
      ...(calibration === undefined ? {} : { calibration }),
      memory: this.native.memory(),
      native: JSON.parse(this.native.report()) as unknown,
    };
    return JSON.parse(withoutPlaces(JSON.stringify(report), file, cacheDir)) as unknown;
  }
}

/** What every servable of a server shares. */
export interface LoadDefaults {
  readonly precision: Precision;
  readonly threads: number;
  readonly engineBuild: string;
  readonly cacheDir: string | null;
  /** Bytes; absent: no limit. */
  readonly cacheMaxSize?: number;
}

/** Of a model in 8 bits: that of the rest. */
function precisionOf({ model }: ServableConfig, defaults: LoadDefaults): Precision {
  const { precision } = model;
  return precision === null || precision === 'int8' ? defaults.precision : (precision as Precision);
}

/** The native load options of a version. */
export function loadOptions(
  label: string,
  file: string,
  config: ServableConfig,
  engines: readonly string[],
  defaults: LoadDefaults,
): LoadOptions {
  return {
    path: file,
    label,
    engines,
    precision: precisionOf(config, defaults),
    keepFp32: config.model.keep_fp32,
    weights: config.model.weights === '16bit' ? '16bit' : 'full',
    state: config.model.state === 'per_request' ? 'per_request' : 'refuse',
    outputNames: config.model.outputs,
    threads: config.model.threads === 0 ? defaults.threads : config.model.threads,
    instances: config.model.instances,
    maxBatch: config.batching.max_batch,
    maxQueueDelayUs: Math.round(config.batching.max_queue_delay * 1000),
    buckets: config.batching.buckets,
    maxQueue: config.batching.max_queue,
    maxPlans: config.model.max_plans,
    maxMemory: config.model.max_memory,
    maxWork: config.model.max_work,
    loopSteps: config.model.loop_steps,
    cacheDir: defaults.cacheDir,
    cacheMaxSize: defaults.cacheMaxSize ?? 0,
    keyFile: config.model.key_file,
    keyEnv: config.model.key_env,
    cacheEncrypted: config.model.cache_encrypted === 'allow',
    engineBuild: (config.model.engine_build ?? defaults.engineBuild) === 'background' ? 'background' : 'block',
  };
}
