// All metrics of the server, as one text when a scrape comes: those of the process, then those of servables and versions, which the
// ledger counts. Many versions are written in slices, so that requests do not wait for a scrape.

import type { ServableConfig } from '../config/servable-fields.ts';
import type { ErrorCode } from '../errors.ts';
import { endCodes } from '../ledger/calls.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ModelObserver, OpenedModel, OpenMetrics } from '../model/observer.ts';
import { DurationText } from './exposition/duration-text.ts';
import { requestEdges } from './exposition/edges.ts';
import { type Exposition, Labels, noLabels } from './exposition/exposition.ts';
import { expositionOf, negotiate } from './exposition/negotiate.ts';
import { LoopDelay } from './loop-delay.ts';
import { type BuildFacts, type ConnectionEventName, type Probes, ProcessMetrics } from './process.ts';
import { reportFacts } from './report-facts.ts';
import { ModelSeries, writeCodes } from './series.ts';
import { Slices } from './slices.ts';
import { type MetricSpec, modelMetrics, processMetrics, servableMetrics } from './table.ts';

/** The slice of a scrape, in milliseconds, after which requests have their turn. */
const sliceMs = 2;

/** What the requests of a servable end with before a version takes them. */
const refusals: ReadonlySet<string> = new Set([
  'NOT_FOUND',
  'NOT_READY',
  'OVERLOADED',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
]);

/** Codes of calls that are shown from the start. */
const callCodes: ReadonlySet<string> = new Set(
  endCodes.filter((code) => code !== 'INVALID_MODEL' && code !== 'INVALID_CONFIG'),
);

export interface Scrape {
  readonly type: string;
  /** One after the other they are the whole. */
  readonly body: readonly Uint8Array[];
}

export class Catalog implements ModelObserver {
  readonly process: ProcessMetrics;
  readonly loopDelay: LoopDelay = new LoopDelay();
  readonly #ledger: Ledger;
  readonly #series = new Map<string, ModelSeries>();
  readonly #delayText = new DurationText(processMetrics.lag.name, '', requestEdges);
  #running: Promise<unknown> = Promise.resolve();

  constructor(build: BuildFacts, ledger: Ledger) {
    this.#ledger = ledger;
    this.process = new ProcessMetrics(build, () => [...this.#series.values()].some((series) => series.onDevice));
  }

  /** Where the gauges of other parts read; called once the parts exist. */
  connect(probes: Probes): void {
    this.process.connect(probes);
  }

  known(name: string, slo: ServableConfig['slo']): void {
    this.#ledger.known(name, slo, performance.now());
  }

  forgotten(name: string): void {
    this.#ledger.forgotten(name);
  }

  opened(model: OpenedModel): OpenMetrics {
    const { name, version, config, report, loadMs } = model;
    const ledger = this.#ledger;
    const account = ledger.open(name, version);
    const key = `${name}/${version}`;
    const before = this.#series.get(key);
    const series = before?.account === account ? before : new ModelSeries(account);
    this.#series.set(key, series);
    series.opened(model, config.batching.max_batch, reportFacts(report), loadMs);
    return {
      statistics: account.statistics,
      executed: (execution) => account.executed(execution),
      inFlight: (delta: number) => {
        account.inFlight += delta;
      },
      reported: (changed: unknown) => series.reported(reportFacts(changed)),
      close: () => {
        series.closed(model);
        if (ledger.close(account) && this.#series.get(key) === series) this.#series.delete(key);
      },
    };
  }

  /** Something happened to a gRPC connection. */
  connection(event: ConnectionEventName): void {
    this.process.connection(event);
  }

  loadFailed(model: string, code: ErrorCode): void {
    this.process.loadFailed(model, code);
  }

  engineBuilt(engine: string, result: string, seconds: number): void {
    this.process.engineBuilt(engine, result, seconds);
  }

  cacheLookup(engine: string, result: string): void {
    this.process.cacheLookup(engine, result);
  }

  backgroundBuild(model: string, result: 'swapped' | 'failed'): void {
    this.process.backgroundBuild(model, result);
  }

  /** A load or reload of the configuration. */
  reloaded(success: boolean): void {
    this.process.reloaded(success);
  }

  /** The whole exposition in the format `accept` asks for; one scrape at a time. */
  scrape(accept = ''): Promise<Scrape> {
    const next = this.#running.then(() => this.#scrape(accept));
    this.#running = next.catch(() => undefined);
    return next;
  }

  async #scrape(accept: string): Promise<Scrape> {
    const start = performance.now();
    const out = await expositionOf(negotiate(accept));
    const slices = new Slices(sliceMs);
    await this.process.write(out);
    if (slices.over) await slices.next();
    out.family(processMetrics.lag);
    out.durations(noLabels, this.loopDelay.cells, this.#delayText, undefined);
    this.#writeCalls(out);
    await this.#writeServables(out, slices);
    await this.#writeVersions(out, slices);
    const body = out.finish();
    this.process.scraped((performance.now() - start) / 1000);
    return { type: out.contentType, body };
  }

  #writeCalls(out: Exposition): void {
    out.family(processMetrics.calls);
    for (const [method, counts] of this.#ledger.calls.all())
      writeCodes(out, new Labels([['method', method.replace(/^\//, '')]]), counts, callCodes);
  }

  async #writeServables(out: Exposition, slices: Slices): Promise<void> {
    for (const [metric, spec] of Object.entries(servableMetrics) as [keyof typeof servableMetrics, MetricSpec][]) {
      out.family(spec);
      for (const { name, budget } of [...this.#ledger.servables]) {
        const slo = budget.objective;
        if (slo === undefined || slo.latency === null) continue;
        const labels = new Labels([['model', name]]);
        if (metric === 'slo') {
          out.sample(labels.with('good', 'true'), budget.good);
          out.sample(labels.with('good', 'false'), budget.bad);
        } else if (metric === 'sloLatency') out.sample(labels, slo.latency / 1000);
        else if (metric === 'sloObjective') out.sample(labels, slo.objective);
        else out.sample(labels, slo.window / 1000);
        if (slices.over) await slices.next();
      }
    }
  }

  async #writeVersions(out: Exposition, slices: Slices): Promise<void> {
    for (const [metric, spec] of Object.entries(modelMetrics) as [keyof typeof modelMetrics, MetricSpec][]) {
      out.family(spec);
      if (metric === 'requests')
        for (const { name, refused } of [...this.#ledger.servables]) {
          const labels = new Labels([['model', name]]).with('version', '');
          writeCodes(out, labels, refused, refusals);
          if (slices.over) await slices.next();
        }
      for (const series of [...this.#series.values()]) {
        series.write(metric, out);
        if (slices.over) await slices.next();
      }
    }
  }
}
