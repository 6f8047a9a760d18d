// What was counted of one version. While its files change a version has two copies; both count here.

import type { DeviceTimes, ModelStatistics } from '../model/served.ts';
import type { CallEnd } from './call-end.ts';
import { endCodes } from './calls.ts';
import { Cells } from './cells.ts';
import { Exemplars } from './exemplars.ts';
import { Recent } from './recent.ts';
import { countExecution, countFailure, countSuccess, type Execution, emptyStatistics } from './statistics.ts';

/** Values of the label `stage`: their durations add up to the request's. `copy` is gathering inputs and scattering outputs. */
export const stages = ['receive', 'decode', 'queue', 'copy', 'compute', 'encode', 'send'] as const;

/** Values of the label `stage` of runs on a device. */
export const deviceStages = ['host_dispatch', 'to_device', 'compute', 'to_host'] as const;

/** Executions by the number of their rows, in steps of two; the last place is of more than 2^12. */
export const batchPlaces = 14;

/** Stages of methods that are counted apart. */
const mostMethodStages = 256;

export class VersionAccount {
  readonly name: string;
  readonly version: string;
  readonly statistics: ModelStatistics = emptyStatistics();
  /** Ended calls by code, in the order of endCodes. */
  readonly counts: Float64Array = new Float64Array(endCodes.length);
  readonly batches: Float64Array = new Float64Array(batchPlaces);
  batchRows = 0;
  inFlight = 0;
  copies = 0;
  /** Those below are made by the first request that needs them: many versions are never asked. */
  duration: Cells | undefined;
  stages: readonly Cells[] | undefined;
  deviceStages: readonly Cells[] | undefined;
  /** Stages of methods, by method and then stage: names of the servable's configuration, at most mostMethodStages over all of its lives. */
  methodStages: Map<string, Map<string, Cells>> | undefined;
  #methodStages = 0;
  exemplars: Exemplars | undefined;
  recent: Recent | undefined;

  constructor(name: string, version: string) {
    this.name = name;
    this.version = version;
  }

  /** Counts one call that this version took. */
  end(call: CallEnd, place: number): void {
    this.counts[place] = (this.counts[place] ?? 0) + 1;
    this.recent ??= new Recent();
    if (place !== 0 || call.times === undefined) {
      countFailure(this.statistics, call.totalNs);
      this.recent.failed(call.endedAt);
      return;
    }
    const { times } = call;
    countSuccess(this.statistics, call.rows, times, Math.round(performance.timeOrigin + call.endedAt));
    this.recent.succeeded(times, call.endedAt);
    this.duration ??= new Cells();
    this.duration.observe(times.totalNs);
    this.stages ??= stages.map(() => new Cells());
    const [receive, decode, queue, copy, compute, encode, send] = this.stages;
    receive?.observe(times.receiveNs);
    decode?.observe(times.decodeNs);
    queue?.observe(times.queueNs);
    copy?.observe(times.gatherNs + times.scatterNs);
    compute?.observe(times.computeNs);
    encode?.observe(times.encodeNs);
    send?.observe(times.sendNs);
    if (times.device !== undefined) this.#device(times.device);
    for (const { method, stage, ns } of times.chain ?? []) this.#methodStage(method, stage)?.observe(ns);
    if (call.parent !== undefined) {
      this.exemplars ??= new Exemplars();
      this.exemplars.take(times.totalNs, call.parent.traceId, call.endedAt);
    }
  }

  #methodStage(method: string, stage: string): Cells | undefined {
    this.methodStages ??= new Map();
    const own = this.methodStages.get(method) ?? new Map<string, Cells>();
    const known = own.get(stage);
    if (known !== undefined || this.#methodStages >= mostMethodStages) return known;
    this.#methodStages += 1;
    const cells = new Cells();
    own.set(stage, cells);
    this.methodStages.set(method, own);
    return cells;
  }

  #device(times: DeviceTimes): void {
    this.deviceStages ??= deviceStages.map(() => new Cells());
    const [dispatch, toDevice, compute, toHost] = this.deviceStages;
    dispatch?.observe(times.dispatchNs);
    toDevice?.observe(times.toDeviceNs);
    compute?.observe(times.computeNs);
    toHost?.observe(times.toHostNs);
  }

  /** Counts one execution, whatever the number of requests in it. */
  executed(execution: Execution): void {
    countExecution(this.statistics, execution);
    const place = Math.min(batchPlaces - 1, Math.ceil(Math.log2(Math.max(1, execution.rows))));
    this.batches[place] = (this.batches[place] ?? 0) + 1;
    this.batchRows += execution.rows;
  }
}
