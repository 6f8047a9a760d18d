// The metrics of one version, kept in numbers and typed arrays. The hot path only adds; label strings are made once.
//
// While a version's files change it has two copies; both count into the same series, and the series ends with the last.

import type { ServableConfig } from '../config/servable-fields.ts';
import { CODES } from '../errors.ts';
import type { DeviceTimes, RequestTimes } from '../model/served.ts';
import type { MemoryUse, NativeModel } from '../native/binding-types.ts';
import { Histogram } from './histogram.ts';
import type { ReportFacts } from './report-facts.ts';
import { SloCounter } from './slo.ts';
import { batchBounds, deviceBounds, deviceStages, durationBounds, modelMetrics, stages } from './table.ts';
import type { TextBuffer } from './text-buffer.ts';

const codes: readonly string[] = ['OK', ...Object.keys(CODES)];
const codeIndex: ReadonlyMap<string, number> = new Map(codes.map((code, i) => [code, i]));
const deviceBoundsNs: readonly number[] = deviceBounds.map((seconds) => Math.round(seconds * 1e9));
const boundsNs: readonly number[] = durationBounds.map((seconds) => Math.round(seconds * 1e9));
const secondsPerNs = 1e-9;

/** A sample line's label part and value. */
type Sample = readonly [labels: string, value: number];

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

export class ModelSeries {
  /** `model="m",version="1"` */
  readonly labels: string;
  readonly #natives = new Set<NativeModel>();
  readonly #counts = new Float64Array(codes.length);
  readonly #slo = new SloCounter();
  readonly #duration: Histogram;
  readonly #stages: readonly Histogram[];
  readonly #batch: Histogram;
  /** Made by the first request that used a device. */
  #deviceStages: readonly Histogram[] | undefined;
  #inFlight = 0;
  #config: ServableConfig['slo'] | undefined;
  #facts: ReportFacts | undefined;
  #loadSeconds = 0;

  constructor(model: string, version: string) {
    this.labels = `model="${escapeLabel(model)}",version="${escapeLabel(version)}"`;
    this.#duration = new Histogram(modelMetrics.duration.name, this.labels, boundsNs, secondsPerNs);
    this.#stages = stages.map(
      (stage) => new Histogram(modelMetrics.stage.name, `${this.labels},stage="${stage}"`, boundsNs, secondsPerNs),
    );
    this.#batch = new Histogram(modelMetrics.batch.name, this.labels, batchBounds, 1);
  }

  /** A copy begins to serve. */
  opened(native: NativeModel, facts: ReportFacts, loadMs: number): void {
    this.#natives.add(native);
    this.#facts = facts;
    this.#loadSeconds = loadMs / 1000;
  }

  /** Other plans serve. */
  reported(facts: ReportFacts): void {
    this.#facts = facts;
  }

  /** A copy is gone; true when it was the last. */
  closed(native: NativeModel): boolean {
    this.#natives.delete(native);
    return this.#natives.size === 0;
  }

  objective(slo: ServableConfig['slo']): void {
    this.#config = slo;
    this.#slo.objective(slo.latency);
  }

  observe(code: string, times: RequestTimes): void {
    const index = codeIndex.get(code) ?? codeIndex.get('INTERNAL') ?? 0;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#slo.count(code, times.totalNs);
    if (code !== 'OK') return;
    this.#duration.observe(times.totalNs);
    const [decode, queue, copy, compute, encode] = this.#stages;
    decode?.observe(times.decodeNs);
    queue?.observe(times.queueNs);
    copy?.observe(times.gatherNs + times.scatterNs);
    compute?.observe(times.computeNs);
    encode?.observe(times.encodeNs);
    if (times.device !== undefined) this.#observeDevice(times.device);
  }

  #observeDevice(times: DeviceTimes): void {
    this.#deviceStages ??= deviceStages.map(
      (stage) =>
        new Histogram(modelMetrics.deviceStage.name, `${this.labels},stage="${stage}"`, deviceBoundsNs, secondsPerNs),
    );
    const [dispatch, toDevice, compute, toHost] = this.#deviceStages;
    dispatch?.observe(times.dispatchNs);
    toDevice?.observe(times.toDeviceNs);
    compute?.observe(times.computeNs);
    toHost?.observe(times.toHostNs);
  }

  /** Some plan of this version runs on a device. */
  get onDevice(): boolean {
    return this.#deviceStages !== undefined || [...this.#natives].some((native) => native.memory().device > 0);
  }

  batch(rows: number): void {
    this.#batch.observe(rows);
  }

  inFlight(delta: number): void {
    this.#inFlight += delta;
  }

  /** Writes the lines of one metric of this version. */
  write(metric: keyof typeof modelMetrics, out: TextBuffer): void {
    if (metric === 'duration') return this.#duration.write(out);
    if (metric === 'stage') return this.#stages.forEach((histogram) => histogram.write(out));
    if (metric === 'deviceStage') return this.#deviceStages?.forEach((histogram) => histogram.write(out));
    if (metric === 'batch') return this.#batch.write(out);
    const { name } = modelMetrics[metric];
    for (const [labels, value] of this.#samples(metric)) out.text(`${name}{${this.labels}${labels}} ${value}\n`);
  }

  #samples(
    metric: Exclude<keyof typeof modelMetrics, 'duration' | 'stage' | 'deviceStage' | 'batch'>,
  ): readonly Sample[] {
    const slo = this.#config?.latency ?? undefined;
    const by = (label: string, values: Iterable<readonly [string, number]>): Sample[] =>
      [...values].map(([key, value]) => [`,${label}="${escapeLabel(key)}"`, value]);
    const samples: Readonly<Record<typeof metric, () => readonly Sample[]>> = {
      requests: () =>
        codes.flatMap((code, i): Sample[] =>
          (this.#counts[i] ?? 0) > 0 || i === 0 ? [[`,code="${code}"`, this.#counts[i] ?? 0]] : [],
        ),
      slo: () =>
        slo === undefined
          ? []
          : by('good', [
              ['true', this.#slo.good],
              ['false', this.#slo.bad],
            ]),
      sloLatency: () => (slo === undefined ? [] : [['', slo / 1000]]),
      sloObjective: () => (slo === undefined ? [] : [['', this.#config?.objective ?? 0]]),
      inFlight: () => [['', this.#inFlight]],
      queueDepth: () => [['', [...this.#natives].reduce((sum, native) => sum + native.queueDepth(), 0)]],
      memory: () => by('kind', this.#memory()),
      load: () => by('stage', [['total', this.#loadSeconds], ...(this.#facts?.stages ?? [])]),
      build: () => by('engine', this.#facts?.builds ?? []),
      nodes: () => by('engine', this.#facts?.nodes ?? []),
      fallbacks: () => by('engine', this.#facts?.fallbacks ?? []),
    };
    return samples[metric]();
  }

  #memory(): readonly (readonly [string, number])[] {
    const uses = [...this.#natives].map((native) => native.memory());
    const sum = (kind: keyof MemoryUse): number => uses.reduce((total, use) => total + use[kind], 0);
    return [
      ['constants', sum('constants')],
      ['packed', sum('packed')],
      ['arenas', sum('arenas')],
      ...(sum('device') > 0 ? [['device', sum('device')] as const] : []),
    ];
  }
}
