// A ModelDirectory over fake models, without files, versions policies or loading: what tests of the request path need.

import { ServingError } from '../../server/errors.ts';
import {
  countExecution,
  countFailure,
  countSuccess,
  type Execution,
  emptyStatistics,
} from '../../server/ledger/statistics.ts';
import { QueueTimeouts } from '../../server/model/queue-timeouts.ts';
import { type LineSettings, SecondLines } from '../../server/model/second-line.ts';
import type {
  Lease,
  ModelDirectory,
  ModelMetrics,
  ModelStatistics,
  RequestTimes,
  ServedModel,
  VersionState,
  VersionStatus,
} from '../../server/model/served.ts';
import type { NativeModel } from '../../server/native/binding-types.ts';
import type { FakeAddon, FakeModelFile } from '../../server/native/fake.ts';

/** Metrics that remember what they were told. */
export class RecordedMetrics implements ModelMetrics {
  readonly statistics: ModelStatistics = emptyStatistics();
  readonly observed: { readonly code: string; readonly times: RequestTimes }[] = [];
  readonly batches: number[] = [];
  inFlightNow = 0;
  inFlightMost = 0;

  observe(code: string, times: RequestTimes, rows: number): void {
    this.observed.push({ code, times });
    if (code === 'OK') countSuccess(this.statistics, rows, times, Date.now());
    else countFailure(this.statistics, times.totalNs);
  }

  executed(execution: Execution): void {
    this.batches.push(execution.rows);
    countExecution(this.statistics, execution);
  }

  inFlight(delta: 1 | -1): void {
    this.inFlightNow += delta;
    this.inFlightMost = Math.max(this.inFlightMost, this.inFlightNow);
  }
}

export interface FakeVersion extends ServedModel {
  readonly metrics: RecordedMetrics;
  leases: number;
  state: VersionState;
  reason: string;
}

export interface FakeVersionOptions {
  readonly methods?: ServedModel['methods'];
  readonly batchDim?: boolean;
  readonly stages?: ServedModel['stages'];
  readonly responses?: ServedModel['responses'];
  readonly queueTimeouts?: ServedModel['queueTimeouts'];
  /** Requests wait for room in the queue. */
  readonly delay?: Partial<LineSettings>;
  readonly version?: string;
  readonly maxBatch?: number;
  readonly maxQueue?: number;
  readonly state?: VersionState;
  readonly reason?: string;
}

export class FakeDirectory implements ModelDirectory {
  readonly #addon: FakeAddon;
  readonly #versions: FakeVersion[] = [];
  readonly #listeners = new Set<(status: VersionStatus) => void>();
  isSettled = true;

  constructor(addon: FakeAddon) {
    this.#addon = addon;
  }

  /** Loads a fake model and lists it, ready unless said otherwise. */
  async add(name: string, file: FakeModelFile, options: FakeVersionOptions = {}): Promise<FakeVersion> {
    const version = options.version ?? '1';
    const path = `/fake/${name}/${version}/model.mindir`;
    this.#addon.files.set(path, file);
    const maxBatch = options.maxBatch ?? 1;
    const native: NativeModel = await this.#addon.load({
      path,
      label: `${name}/${version}`,
      engines: ['cpu'],
      precision: 'origin',
      keepFp32: [],
      outputNames: [],
      threads: 0,
      instances: 1,
      maxBatch,
      maxQueueDelayUs: 0,
      buckets: [],
      maxQueue: options.maxQueue ?? 1000,
      maxPlans: 8,
      maxMemory: 0,
      maxWork: 0,
      loopSteps: 1,
      cacheDir: null,
    });
    const metrics = new RecordedMetrics();
    const line = {
      label: `${name}/${version}`,
      queue: options.maxQueue ?? 1000,
      most: 1000,
      waits: new QueueTimeouts(60_000, []),
    };
    const served: FakeVersion = {
      name,
      version,
      native,
      signature: native.signature,
      statistics: metrics.statistics,
      metrics,
      maxBatch,
      maxQueueDelayUs: 0,
      instances: 1,
      preferredBatches: [],
      platform: 'mindspore_mindir',
      methods: options.methods ?? options.stages?.methods ?? [],
      stages: options.stages,
      responses: options.responses,
      queueTimeouts: options.queueTimeouts,
      lines: options.delay === undefined ? undefined : new SecondLines({ ...line, ...options.delay }),
      batchDim: options.batchDim ?? true,
      report: () => JSON.parse(native.report()),
      leases: 0,
      state: options.state ?? 'ready',
      reason: options.reason ?? '',
    };
    this.#versions.push(served);
    this.#tell(served);
    return served;
  }

  /** Changes the state of a version and tells the subscribers. */
  setState(version: FakeVersion, state: VersionState, reason = ''): void {
    version.state = state;
    version.reason = reason;
    this.#tell(version);
  }

  lease(name: string, version: string): Lease {
    const known = this.#versions.filter((v) => v.name === name && (version === '' || v.version === version));
    if (known.length === 0) throw new ServingError('NOT_FOUND', `${JSON.stringify(name)}: no such servable or version`);
    const ready = known.filter((v) => v.state === 'ready').sort((a, b) => Number(b.version) - Number(a.version))[0];
    if (ready === undefined) throw new ServingError('NOT_READY', `${name}: no version is ready`);
    ready.leases += 1;
    let released = false;
    const release = (): void => {
      if (released) throw new Error('a lease was released twice');
      released = true;
      ready.leases -= 1;
    };
    return { model: ready, release };
  }

  absent(): [] {
    return [];
  }

  versions(): readonly VersionStatus[] {
    const order = (a: FakeVersion, b: FakeVersion): number =>
      a.name.localeCompare(b.name) || Number(a.version) - Number(b.version);
    return [...this.#versions]
      .sort(order)
      .map(({ name, version, state, reason }) => ({ name, version, state, reason }));
  }

  versionsOf(name: string): readonly VersionStatus[] {
    return this.versions().filter((status) => status.name === name);
  }

  failing(): boolean {
    return this.versions().some((status) => status.failing === true);
  }

  settled(): boolean {
    return this.isSettled;
  }

  subscribe(listener: (status: VersionStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell({ name, version, state, reason }: FakeVersion): void {
    for (const listener of this.#listeners) listener({ name, version, state, reason });
  }
}
