// What the request path sees of the models: the contract between `model` (which owns versions and their life) and
// `inference`, `protocol` and `transport` (which only borrow them).

import type { ServingError } from '../errors.ts';
import type { BatchCompletion, DType, NativeModel, Signature } from '../native/binding-types.ts';
import type { QueueTimeouts } from './queue-timeouts.ts';
import type { ResponseCache } from './response-cache.ts';
import type { SecondLines } from './second-line.ts';

/** States of one version of a servable; the legal transitions are in lifecycle.ts. */
export type VersionState = 'new' | 'loading' | 'ready' | 'draining' | 'unloading' | 'gone' | 'failed';

/** Totals of one version since it was first ready; durations in nanoseconds. Read by ModelStatistics. */
export interface ModelStatistics {
  inferenceCount: number;
  executionCount: number;
  /** Requests answered from the response cache, and those that were looked for in it in vain, with the time that took. */
  cacheHits: number;
  cacheHitNs: number;
  cacheMisses: number;
  cacheMissNs: number;
  lastInferenceMs: number;
  successCount: number;
  successNs: number;
  failCount: number;
  failNs: number;
  queueCount: number;
  queueNs: number;
  computeInputNs: number;
  computeInferNs: number;
  computeOutputNs: number;
  /** Per executed batch size (rows): executions and their times. */
  readonly batches: Map<
    number,
    { count: number; computeInputNs: number; computeInferNs: number; computeOutputNs: number }
  >;
}

/** Parts of the compute time of a request whose model runs on a device, in nanoseconds. */
export interface DeviceTimes {
  /** The host's copies and calls up to waiting for the device. */
  readonly dispatchNs: number;
  readonly toDeviceNs: number;
  readonly computeNs: number;
  readonly toHostNs: number;
}

/** How long one stage of a method took, waiting included. */
export interface MethodStageTime {
  readonly method: string;
  readonly stage: string;
  readonly ns: number;
}

/** Numbers of one finished request, in nanoseconds. */
export interface RequestTimes {
  readonly totalNs: number;
  /** From the first byte of the message to the last. */
  readonly receiveNs: number;
  /** Decoding the message up to submission. */
  readonly decodeNs: number;
  readonly queueNs: number;
  readonly gatherNs: number;
  readonly computeNs: number;
  readonly scatterNs: number;
  /** From completion to the encoded reply. */
  readonly encodeNs: number;
  /** From the encoded reply to its last byte being with the operating system; 0 until then. */
  readonly sendNs: number;
  /** Only where a device was used. */
  readonly device?: DeviceTimes;
  /** The stages of a method, in order; absent where a model alone was asked. */
  readonly chain?: readonly MethodStageTime[];
}

/** The account of one version, found once when it becomes ready; the hot path only increments numbers. */
export interface ModelMetrics {
  readonly statistics: ModelStatistics;
  /** One execution, whatever the number of requests in it. */
  executed(execution: Pick<BatchCompletion, 'rows' | 'gatherNs' | 'computeNs' | 'scatterNs'>): void;
  inFlight(delta: 1 | -1): void;
}

/** An input or result of a method; a size of -1 is open, and null is what nothing is said of. */
export interface MethodTensor {
  readonly name: string;
  readonly dtype: DType | 'BYTES' | null;
  readonly shape: readonly number[] | null;
  readonly description: string;
}

export interface MethodSignature {
  readonly description: string;
  readonly inputs: readonly MethodTensor[];
  readonly outputs: readonly MethodTensor[];
}

/** A method of a servable: names of its arguments and results, in the order of the model's inputs and outputs; a result _ is not told. */
export interface ServedMethod {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Why it is not available; absent where it is. */
  readonly refused?: string;
  /** Of a method with stages; absent where the method is the model itself under other names. */
  readonly signature?: MethodSignature;
}

/** The stages of a loaded version; `stages` runs them. */
export interface OpenStages {
  readonly methods: readonly ServedMethod[];
  /** Models beside the version's own, which they opened. */
  readonly natives: readonly NativeModel[];
  close(): Promise<void>;
}

/** A version that can run requests. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
  readonly native: NativeModel;
  readonly signature: Signature;
  readonly statistics: ModelStatistics;
  readonly metrics: ModelMetrics;
  /** Answers that are kept; absent: none are. */
  readonly responses?: ResponseCache | undefined;
  /** Absent: deadlines alone end the wait in the queue. */
  readonly queueTimeouts?: QueueTimeouts | undefined;
  /** Absent: what finds the queue full is refused. */
  readonly lines?: SecondLines | undefined;
  /** Why a request that comes now finds no room in the queue; undefined where there is some. Absent: native code alone knows. */
  refusal?(): ServingError | undefined;
  /** Settings of the servable that ModelConfig shows. */
  readonly maxBatch: number;
  readonly maxQueueDelayUs: number;
  readonly instances: number;
  readonly preferredBatches: readonly number[];
  readonly platform: string;
  /** Methods that its configuration names, for protocols that have such. */
  readonly methods: readonly ServedMethod[];
  /** Their instances are samples, which lack the first dimension of the model's inputs. */
  readonly batchDim: boolean;
  /** The servable has no model of its own, only methods. */
  readonly isModelless?: boolean;
  /** Where its methods have stages. */
  readonly stages?: OpenStages | undefined;
  /** The model report (parsed JSON) with what the server knows added. */
  report(): unknown;
}

/** A reference that keeps a version alive while a request uses it. */
export interface Lease {
  readonly model: ServedModel;
  release(): void;
}

/** One line of the repository index. */
export interface VersionStatus {
  readonly name: string;
  readonly version: string;
  readonly state: VersionState;
  /** Why a version failed, or why one that is ready does not work; empty otherwise. */
  readonly reason: string;
  /** Ready, but the device it runs on does not work. */
  readonly failing?: boolean;
}

/** Where the build of a version's engines stands. */
export interface RunningBuild {
  readonly name: string;
  readonly version: string;
  readonly engine: string;
  /** The subgraph that is built, from 1, and how many the plan has. */
  readonly subgraph: number;
  readonly subgraphs: number;
  /** Share of the whole that is done, over all plans and subgraphs. */
  readonly fraction: number;
  /** What the engine says it is doing. */
  readonly step: string;
  /** The version serves meanwhile. */
  readonly background: boolean;
  readonly elapsedMs: number;
}

/** What is being built. */
export interface BuildView {
  of(name: string, version: string): RunningBuild | undefined;
  running(): readonly RunningBuild[];
}

/** A servable of the repository of which nothing is served, and why. */
export interface AbsentServable {
  readonly name: string;
  readonly reason: string;
}

/** Loading and unloading by call. */
export interface RepositoryControl {
  /**
   * Looks at the servable's files and serves what they hold, and the servables whose models its methods run; resolves when that is decided.
   * Rejects with NOT_FOUND, INVALID_CONFIG, INVALID_MODEL or NOT_READY, and what served before serves on.
   */
  load(name: string): Promise<void>;
  /**
   * Takes no new requests for the servable, with `dependents` for those whose models it alone runs as well; those in flight are finished.
   * Throws NOT_FOUND.
   */
  unload(name: string, dependents: boolean): void;
}

export interface ModelDirectory {
  /** version '' = the highest ready one, or where requests are split the one for `sticky`; it may be a label. Throws ServingError NOT_FOUND (unknown name or version) or NOT_READY (known but not ready). */
  lease(name: string, version: string, sticky?: string): Lease;
  /** The version behind a label of a servable; undefined where it has no such label. */
  labelled?(name: string, label: string): string | undefined;
  /** Every known version, sorted by name and version number. */
  versions(): readonly VersionStatus[];
  /** Those of one servable, by version number; empty when there is none of that name. */
  versionsOf(name: string): readonly VersionStatus[];
  /** Servables that are in the repository and have no version among these, sorted by name. */
  absent(): readonly AbsentServable[];
  /** True when a version that is ready does not work. */
  failing(): boolean;
  /** True when every wanted version of every servable is ready or failed (start-up is over). */
  settled(): boolean;
  /** Called after each change of state. Returns an unsubscribe function. */
  subscribe(listener: (status: VersionStatus) => void): () => void;
}

/** How the versions of a servable are served. */
export interface VersionSettings {
  /** Versions by label, and shares by label of the requests that name no version. */
  readonly labels: Readonly<Record<string, number>>;
  readonly split: Readonly<Record<string, number>>;
  readonly versions: readonly Pick<VersionStatus, 'version' | 'state' | 'reason'>[];
}

/** Labels and versions by call. All throw NOT_FOUND for a servable that is not there. */
export interface VersionSettingsControl {
  settings(name: string): VersionSettings;
  /** Puts these labels in force; resolves when their versions are ready or failed. Throws INVALID_ARGUMENT. */
  label(
    name: string,
    labels: Readonly<Record<string, unknown>>,
    split: Readonly<Record<string, unknown>>,
  ): Promise<VersionSettings>;
  /** Tries versions that failed again; resolves when they are ready or failed. */
  reload(name: string): Promise<VersionSettings>;
  /** Goes back to the labels, or without any to the version, before. */
  rollback(name: string): Promise<VersionSettings>;
}
