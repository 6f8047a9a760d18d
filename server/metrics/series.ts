// The metrics of one version: what the ledger counted of it, and what its model and its report tell.

import { endCodes } from '../ledger/calls.ts';
import type { Cells } from '../ledger/cells.ts';
import { deviceStages, stages, type VersionAccount } from '../ledger/version-account.ts';
import type { Delayed, OpenedModel } from '../model/observer.ts';
import type { MemoryUse, NativeModel } from '../native/binding-types.ts';
import { DurationText } from './exposition/duration-text.ts';
import { deviceEdges, type Edges, noEdges, requestEdges, stageEdges } from './exposition/edges.ts';
import { type Exposition, Labels } from './exposition/exposition.ts';
import type { ReportFacts } from './report-facts.ts';
import { modelMetrics } from './table.ts';

/** Codes a call of a version ends with now and then: they are shown from the start, so that the first one is an increase. */
const usualCodes: ReadonlySet<string> = new Set([
  'OK',
  'INVALID_ARGUMENT',
  'NOT_READY',
  'OVERLOADED',
  'TOO_LARGE',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
  'UNSUPPORTED',
  'ENGINE_FAILED',
  'STAGE_FAILED',
  'OUT_OF_MEMORY',
  'INTERNAL',
]);

/** Writes counts by code (in the order of endCodes) with the label `code`: those of `shown`, and what else has happened. */
export function writeCodes(
  out: Exposition,
  labels: Labels,
  counts: Float64Array,
  shown: ReadonlySet<string> = usualCodes,
): void {
  endCodes.forEach((code, place) => {
    const count = counts[place] ?? 0;
    if (count > 0 || shown.has(code)) out.sample(labels.with('code', code), count);
  });
}

/** What a copy brings along. */
type Copy = Pick<OpenedModel, 'native' | 'others' | 'delayed'>;

type DurationMetric = 'duration' | 'stage' | 'deviceStage';

export class ModelSeries {
  readonly account: VersionAccount;
  readonly #labels: Labels;
  readonly #natives = new Set<NativeModel>();
  readonly #delayed = new Set<Delayed>();
  readonly #texts = new Map<string, DurationText>();
  #maxBatch = 1;
  #facts: ReportFacts | undefined;
  #loadSeconds = 0;

  constructor(account: VersionAccount) {
    this.account = account;
    this.#labels = new Labels([
      ['model', account.name],
      ['version', account.version],
    ]);
  }

  /** A copy begins to serve. */
  opened({ native, others, delayed }: Copy, maxBatch: number, facts: ReportFacts, loadMs: number): void {
    for (const own of [native, ...others]) this.#natives.add(own);
    if (delayed !== undefined) this.#delayed.add(delayed);
    this.#maxBatch = maxBatch;
    this.#facts = facts;
    this.#loadSeconds = loadMs / 1000;
  }

  /** Other plans serve. */
  reported(facts: ReportFacts): void {
    this.#facts = facts;
  }

  /** A copy is gone. */
  closed({ native, others, delayed }: Copy): void {
    for (const own of [native, ...others]) this.#natives.delete(own);
    if (delayed !== undefined) this.#delayed.delete(delayed);
  }

  /** Some plan of this version runs on a device. */
  get onDevice(): boolean {
    return this.account.deviceStages !== undefined || [...this.#natives].some((native) => native.memory().device > 0);
  }

  /** Writes the samples of one metric of this version. */
  write(metric: keyof typeof modelMetrics, out: Exposition): void {
    const { account } = this;
    const labels = this.#labels;
    const by = (label: string, values: Iterable<readonly [string, number]>): void => {
      for (const [key, value] of values) out.sample(labels.with(label, key), value);
    };
    const write: Readonly<Record<typeof metric, () => void>> = {
      requests: () => writeCodes(out, labels, account.counts),
      duration: () => this.#durations('duration', '', account.duration, requestEdges, out),
      stage: () =>
        stages.forEach((stage, i) => {
          const edges = stage === 'queue' || stage === 'compute' ? stageEdges : noEdges;
          this.#durations('stage', stage, account.stages?.[i], edges, out);
        }),
      deviceStage: () =>
        deviceStages.forEach((stage, i) =>
          this.#durations('deviceStage', stage, account.deviceStages?.[i], deviceEdges, out),
        ),
      methodStage: () => {
        for (const [method, stages] of account.methodStages ?? [])
          for (const [stage, cells] of stages) this.#methodStage(method, stage, cells, out);
      },
      batch: () => this.#batch(out),
      answers: () => {
        const { cacheHits, cacheMisses } = account.statistics;
        if (cacheHits + cacheMisses > 0)
          by('result', [
            ['hit', cacheHits],
            ['miss', cacheMisses],
          ]);
      },
      inFlight: () => out.sample(labels, account.inFlight),
      queueDepth: () => by('line', this.#waiting()),
      memory: () => by('kind', this.#memory()),
      load: () => by('stage', [['total', this.#loadSeconds], ...(this.#facts?.stages ?? [])]),
      build: () => by('engine', this.#facts?.builds ?? []),
      nodes: () => by('engine', this.#facts?.nodes ?? []),
      fallbacks: () => by('engine', this.#facts?.fallbacks ?? []),
    };
    write[metric]();
  }

  /** Histograms are there from the first request on. */
  #durations(metric: DurationMetric, stage: string, cells: Cells | undefined, edges: Edges, out: Exposition): void {
    if (cells === undefined) return;
    const labels = stage === '' ? this.#labels : this.#labels.with('stage', stage);
    const key = `${metric} ${stage}`;
    const text = this.#texts.get(key) ?? new DurationText(modelMetrics[metric].name, labels.text, edges);
    this.#texts.set(key, text);
    out.durations(labels, cells, text, metric === 'duration' ? this.account.exemplars : undefined);
  }

  #methodStage(method: string, stage: string, cells: Cells, out: Exposition): void {
    const labels = this.#labels.with('method', method).with('stage', stage);
    const key = `methodStage ${method} ${stage}`;
    const text = this.#texts.get(key) ?? new DurationText(modelMetrics.methodStage.name, labels.text, stageEdges);
    this.#texts.set(key, text);
    out.durations(labels, cells, text, undefined);
  }

  /** By powers of two up to the configured batch; a request of more rows than that lies above all of them. */
  #batch(out: Exposition): void {
    const { batches, batchRows } = this.account;
    const doublings = Math.min(batches.length - 2, Math.ceil(Math.log2(Math.max(1, this.#maxBatch))));
    if (batches.every((count) => count === 0)) return;
    const counts = [...batches.subarray(0, doublings + 1)];
    counts.push(batches.subarray(doublings + 1).reduce((sum, count) => sum + count, 0));
    const bounds = Array.from({ length: doublings + 1 }, (_, doubling) => 2 ** doubling);
    out.buckets(this.#labels, { bounds, counts, sum: batchRows });
  }

  #waiting(): readonly (readonly [string, number])[] {
    const queued = [...this.#natives].reduce((sum, native) => sum + native.queueDepth(), 0);
    const delayed = [...this.#delayed].reduce((sum, { size }) => sum + size, 0);
    return [['queue', queued], ...(this.#delayed.size > 0 ? [['delayed', delayed] as const] : [])];
  }

  #memory(): readonly (readonly [string, number])[] {
    const uses = [...this.#natives].map((native) => native.memory());
    const sum = (kind: keyof MemoryUse): number => uses.reduce((total, use) => total + use[kind], 0);
    return [
      ['constants', sum('constants')],
      ['packed', sum('packed')],
      ['arenas', sum('arenas')],
      ['kernels', sum('kernels')],
      ...(sum('device') > 0 ? [['device', sum('device')] as const] : []),
    ];
  }
}
