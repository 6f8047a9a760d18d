// The shape of the native addon: plain data only. The addon's C++ side (native/addon) and every fake in the
// tests implement exactly these types. Times are integers in nanoseconds on one steady clock unless said otherwise.

import type { ElementType } from '../util/element-types.ts';

export type DType = ElementType;

/** One input or output of a model. A dimension of -1 is unknown; `shape` is null when even the rank is unknown. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[] | null;
}

export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /**
   * True when dimension 0 of every input and every output is an unknown batch size and rows are proven independent:
   * requests may be concatenated and padded along it, and each output has the batch size of the inputs.
   */
  readonly batched: boolean;
}

/** What becomes of a model that writes parameters its results depend on: it is refused, or each request starts from the file's values. */
export type StatePolicy = 'refuse' | 'per_request';

/** The number format of the computation; origin: the model's own. */
export type Precision = 'origin' | 'fp32' | 'fp16' | 'bf16';

/** How an engine may store constant weights of products: as in the model, or in 16 bits where that pays. */
export type Weights = 'full' | '16bit';

export interface LoadOptions {
  /** Absolute path of the .mindir file, with external weights beside it, or of a plan file. */
  readonly path: string;
  /** Used in messages, events and progress: "lenet/3". */
  readonly label: string;
  /** Engines in order of preference. 'cpu', 'reference', 'native' (the cpu engine's kernels operator by operator, nothing optimised), 'tensorrt'. */
  readonly engines: readonly string[];
  readonly precision: Precision;
  /** Nodes (`*` stands for any characters) and operators that are computed in fp32 whatever the precision is. */
  readonly keepFp32: readonly string[];
  /** Absent: full. */
  readonly weights?: Weights;
  /** Absent: refuse. */
  readonly state?: StatePolicy;
  /** Names for the outputs, in graph order; empty for output_0, output_1, … */
  readonly outputNames: readonly string[];
  /** Threads one inference may use; 0 = the process-wide default set by configure(). */
  readonly threads: number;
  /** Threads of execution, each with its own contexts and buffers. */
  readonly instances: number;
  /** Largest number of rows one execution may have; 1 = requests are never combined. */
  readonly maxBatch: number;
  readonly maxQueueDelayUs: number;
  /** Batch sizes to prepare plans for when the signature is batched; empty = [1] and powers of two up to maxBatch. */
  readonly buckets: readonly number[];
  /** Requests waiting beyond this are refused with OVERLOADED. */
  readonly maxQueue: number;
  /** Most exact-shape plans kept for dynamic models. */
  readonly maxPlans: number;
  /** Bytes of the tensors one node may read and write; 0 = no limit. */
  readonly maxMemory: number;
  /** Billions of multiply-adds one execution may need; 0 = no limit. */
  readonly maxWork: number;
  /** Rounds that the loops of one run may take together. */
  readonly loopSteps: number;
  /** Directory of the engine cache, or null for none. */
  readonly cacheDir: string | null;
  /** Bytes the engine cache may hold: what was used longest ago goes. Absent or 0 = no limit. */
  readonly cacheMaxSize?: number;
  /** File with the key of an encrypted model, or the environment variable that holds it; without both the usual variables are asked. */
  readonly keyFile?: string | null;
  readonly keyEnv?: string | null;
  /** What is made of an encrypted model may be written to disk in plain. */
  readonly cacheEncrypted?: boolean;
  /**
   * `block`, the default: loaded when all engines are built. `background`: loaded with the engines that build at once; those that build
   * slowly take over when they are built.
   */
  readonly engineBuild?: 'block' | 'background';
}

/** An error as it crosses the boundary; `code` is a key of the code table in server/errors.ts. */
export interface NativeError {
  readonly code: string;
  readonly message: string;
}

/** Everything about one execution; one call of the completion handler per executed (or refused) batch. */
export interface BatchCompletion {
  /** Id of the model the batch belongs to (NativeModel.id). */
  readonly model: number;
  /** Rows of real work in the batch, and rows after padding to a bucket. 0 when nothing was executed. */
  readonly rows: number;
  readonly paddedRows: number;
  readonly gatherNs: number;
  readonly computeNs: number;
  readonly scatterNs: number;
  /** Parts of computeNs where steps ran on a device and the run was timed, else 0: the host's copies and calls up to waiting, and the device's copies and kernels. */
  readonly dispatchNs: number;
  readonly toDeviceNs: number;
  readonly deviceNs: number;
  readonly toHostNs: number;
  /** One entry per request, all arrays of the same length. */
  readonly tickets: readonly number[];
  readonly queueNs: readonly number[];
  /** null for success. */
  readonly errors: readonly (NativeError | null)[];
  /** Per request: the shapes of the outputs requested (those not undefined at submit), in signature order; null on error. */
  readonly shapes: readonly (readonly (readonly number[])[] | null)[];
  /**
   * Per request: one entry for each entry of `shapes`: the buffer allocated natively where the destination was null at submit, null where
   * a destination was given. The whole is null on error or when all destinations were given.
   */
  readonly buffers: readonly (readonly (ArrayBuffer | null)[] | null)[];
}

/** Bytes; what the plans of a model share is counted once. */
export interface MemoryUse {
  /** Weights and constants as the model has them. */
  readonly constants: number;
  /** Weights as an engine lays them out. */
  readonly packed: number;
  /** Working memory of the instances. */
  readonly arenas: number;
  /** What a library keeps for its kernels, generated code and descriptions: an estimate. */
  readonly kernels: number;
  /** Of a device: weights, and contexts of the instances; 0 when no plan uses one. */
  readonly device: number;
}

/** Memory of a device as its driver tells it, other processes included; bytes. */
export interface DeviceMemory {
  readonly device: string;
  readonly used: number;
  readonly total: number;
}

export interface NativeModel {
  /** Process-unique number. */
  readonly id: number;
  readonly signature: Signature;
  /** How long a request of the first priority goes ahead of one of the last in its queue, in milliseconds. */
  readonly headStartMs: number;
  /** The model report as JSON text (load stages, passes, every node's engine and why, cache results, plans). */
  report(): string;
  memory(): MemoryUse;
  queueDepth(): number;
  /** Why runs on a device fail, as long as they do; else empty. Changes are told by the events device.failed and device.recovered. */
  failure(): string;
  /**
   * Queues one request. `inputs[i]` are the bytes of input i, in signature order, little-endian row-major; they must stay
   * unchanged until completion. `shapes[i]` is its shape. `outputs` lists for each output of the signature: a Uint8Array
   * of exactly the right size to write into, null to have a buffer allocated, or undefined when that output is not wanted.
   * `timeoutUs` 0 = none. `priority` 0 = default, 1 = highest, larger = later. `timed`: the run is timed on the device, where
   * there is one; else one in some is. Returns a ticket unique within the environment; throws a
   * NativeError-like Error (with `code`) when the request contradicts the signature or the queue is full.
   */
  submit(
    inputs: readonly Uint8Array[],
    shapes: readonly (readonly number[])[],
    outputs: readonly (Uint8Array | null | undefined)[],
    timeoutUs: number,
    priority: number,
    timed?: boolean,
  ): number;
  /** Asks for the cancellation of a queued request; it completes with CANCELLED if it was still waiting. True if it was found waiting. */
  cancel(ticket: number): boolean;
  /** Stops taking requests, completes what is queued with NOT_READY, frees everything. Idempotent. */
  close(): Promise<void>;
}

/** A log event or a progress report from native code; `event` is a dotted name, the rest are log keys. */
export interface NativeEvent {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly [key: string]: string | number | boolean;
}

export interface EngineInfo {
  readonly name: string;
  readonly available: boolean;
  /** Also of a library that was found and cannot be used; empty where there is none. */
  readonly version: string;
  readonly device: string;
  /** Why it is not available; empty otherwise. */
  readonly why: string;
  /** For engines found at run time: the library taken, the module that fits it, the places tried with what was wrong there, and the devices. */
  readonly library?: string;
  readonly module?: string;
  /** The executable that builds its engines; empty when the addon builds them itself. */
  readonly builder?: string;
  readonly tried?: readonly string[];
  readonly devices?: readonly string[];
}

export interface SystemInfo {
  readonly cpuModel: string;
  /** Effective instruction set of the compute library, e.g. "avx512_core_bf16". */
  readonly isa: string;
  /** Logical CPUs seen by the operating system, and the CPU quota of this container (fractional, rounded down to at least 1 for threads). */
  readonly cpus: number;
  readonly quota: number;
  /** Default threads for one inference. */
  readonly threads: number;
  readonly engines: readonly EngineInfo[];
  readonly versions: Readonly<Record<string, string>>;
}

/** `profile` runs the plan: its text is always JSON, a NativeProfile of cli/profile. */
export type InspectStage = 'file' | 'graph' | 'optimized' | 'partitions' | 'plan' | 'profile';

export interface InspectOptions {
  readonly stage: InspectStage;
  readonly engines: readonly string[];
  readonly json: boolean;
  /** As in LoadOptions. */
  readonly keyFile?: string | null;
  readonly keyEnv?: string | null;
  /** As in LoadOptions; absent: origin, nothing kept. */
  readonly precision?: Precision;
  readonly keepFp32?: readonly string[];
  readonly weights?: Weights;
  readonly state?: StatePolicy;
  /** Input shapes to bind unknown sizes to; empty = every unknown size is 1. */
  readonly shapes: readonly (readonly number[])[];
  /** Of one run; absent or 0: as many as models have that do not say. */
  readonly threads?: number;
  /** How long stage `profile` runs the plan; absent: 2. */
  readonly seconds?: number;
}

/** Process-wide settings of the TensorRT engine. */
export interface TensorrtOptions {
  /** Folder of libnvinfer, or the library itself; null = the usual places. */
  readonly libraryPath: string | null;
  readonly tf32: boolean;
  /** Threads that wait for the device sleep, rather than spin. */
  readonly blocks: boolean;
  /** How many kernels the builder tries, 0 to 5. */
  readonly optimizationLevel: number;
  /** Of one build. */
  readonly buildThreads: number;
  /** Libraries of TensorRT plugins. */
  readonly plugins: readonly string[];
  /** "primitive=creator[:version][@namespace][(field;field=attribute;field=#input)]" */
  readonly pluginMap: readonly string[];
  /** How long the builder's process may take for one engine. */
  readonly buildTimeoutMs: number;
  /** Look for the library also where there is no device for it, to tell what is there. */
  readonly withoutDevice?: boolean;
}

/** How a plan file is written; the model, engines and batch sizes are LoadOptions. */
export interface EmbedOptions {
  /** Absolute path of the plan file. */
  readonly output: string;
  /** Who writes it, for readers of the file. */
  readonly creator: string;
  /** Whether the subgraphs go with their engines, so that a server without a matching TensorRT can compile them. */
  readonly bodies: boolean;
  /** Input shapes of a model whose open sizes are no batch; empty = none. */
  readonly shapes: readonly (readonly number[])[];
}

/** What `embed` tells, as JSON text. */
export interface EmbedResult {
  readonly file: string;
  readonly bytes: number;
  readonly engines: number;
  readonly engine_bytes: number;
  readonly constants: number;
  readonly constant_bytes: number;
  readonly nodes: readonly {
    readonly node: string;
    /** Batch size of the plan the node is in; 0 without batches. */
    readonly rows: number;
    readonly operators: number;
    readonly engine_bytes: number;
    /** Content hash of the engine: equal ones are stored once. */
    readonly engine: string;
    readonly precision: string;
    readonly made: string;
    /** Batch sizes the engine serves; empty where the node has one of its own. */
    readonly profiles: readonly number[];
    /** Why the engine of one batch size serves no other; empty where it does, or there are no others. */
    readonly alone: string;
  }[];
}

/**
 * Part of an object that other processes have as well and may cut at any time. What is copied out of it does not change any more. Both copies are
 * false where the object has become too short, and throw where they would leave the part.
 */
export interface SharedMemory {
  /** Fills `target` with what begins at `at`. */
  read(at: number, target: Uint8Array): boolean;
  write(at: number, bytes: Uint8Array): boolean;
  /** It is used no more. Idempotent. */
  close(): void;
}

/** Process-wide settings. */
export interface ConfigureOptions {
  readonly threads: number;
  /** Absent = its defaults. */
  readonly tensorrt?: TensorrtOptions;
  /** Whether the calling thread takes calls, and goes before those that compute. */
  readonly goesFirst?: boolean;
}

/** The addon's exports. */
export interface NativeAddon {
  systemInfo(): SystemInfo;
  /** Process-wide settings, before the first load. threads 0 = from the CPU quota. */
  configure(options: ConfigureOptions): void;
  /** From now on loads take of a processor what requests leave, where until then they had as much as inference. */
  loadsGiveWay(): void;
  /** Sets the one completion handler of this environment. */
  setCompletionHandler(handler: (batch: BatchCompletion) => void): void;
  /** Loads on a builder thread; rejects with an Error carrying `code`. */
  load(options: LoadOptions): Promise<NativeModel>;
  /** Compiles a model and writes it as a plan file, engines inside; runs on a builder thread. Resolves to the text of an EmbedResult. */
  embed(options: LoadOptions, embed: EmbedOptions): Promise<string>;
  /** Prints a model at a stage, as text (or JSON text when asked); runs on a builder thread. */
  inspect(path: string, options: InspectOptions): Promise<string>;
  /** Of the device engines run on; empty where there is none. */
  deviceMemory(): DeviceMemory[];
  /**
   * Frees the memory of array buffers at once; every view of them becomes empty. Nobody else may be using them. `toSystem`: what the C library keeps
   * of them, and of all else, goes to the operating system, on a thread of its own.
   */
  detach(buffers: readonly ArrayBuffer[], toSystem?: boolean): void;
  /** Maps `bytes` from `offset` of an open file, which may be closed afterwards; throws an Error with `code`. */
  mapShared(fd: number, offset: number, bytes: number): SharedMemory;
  /** Events since the last call. */
  drainEvents(): NativeEvent[];
}
