// All metrics of the server. Those of the versions render themselves (series.ts); those of the process are prom-client's.
// A scrape is one text: prom-client's, then one block per version metric.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ServableConfig } from '../config/servable-fields.ts';
import type { ErrorCode } from '../errors.ts';
import type { ModelObserver, OpenedModel, OpenMetrics } from '../model/observer.ts';
import type { RequestTimes, RunningBuild, VersionStatus } from '../model/served.ts';
import type { DeviceMemory } from '../native/binding-types.ts';
import { reportFacts } from './report-facts.ts';
import { ModelSeries } from './series.ts';
import type { MetricSpec } from './table.ts';
import { buildBounds, modelMetrics, processMetrics } from './table.ts';
import { TextBuffer } from './text-buffer.ts';

/** Numbers read from other parts when a scrape comes. */
export interface Probes {
  versions(): readonly VersionStatus[];
  builds(): readonly RunningBuild[];
  deviceMemory(): readonly DeviceMemory[];
  connections(): number;
  bytesInFlight(): number;
}

export interface BuildFacts {
  readonly version: string;
  readonly engines: readonly string[];
}

/** Interval of the event loop's monitor; its figures include it. */
const lagResolutionMs = 10;

export class Catalog implements ModelObserver {
  readonly #registry = new Registry();
  readonly #series = new Map<string, ModelSeries>();
  readonly #out = new TextBuffer();
  readonly #delay = monitorEventLoopDelay({ resolution: lagResolutionMs });
  readonly #counters: Readonly<Record<'rejected' | 'loadFailures' | 'cache' | 'backgroundBuilds', Counter>>;
  readonly #builds: Histogram;
  readonly #reload: { readonly success: Gauge; readonly time: Gauge };
  readonly #scrape: Gauge;
  #probes: Probes = {
    versions: () => [],
    builds: () => [],
    deviceMemory: () => [],
    connections: () => 0,
    bytesInFlight: () => 0,
  };

  constructor(build: BuildFacts) {
    this.#counters = {
      rejected: this.#counter(processMetrics.rejected),
      loadFailures: this.#counter(processMetrics.loadFailures),
      cache: this.#counter(processMetrics.cache),
      backgroundBuilds: this.#counter(processMetrics.backgroundBuilds),
    };
    this.#builds = this.#histogram(processMetrics.builds, buildBounds);
    this.#buildGauge(processMetrics.buildFraction, (build) => build.fraction);
    this.#buildGauge(processMetrics.buildSubgraph, (build) => build.subgraph);
    this.#buildGauge(processMetrics.buildSubgraphs, (build) => build.subgraphs);
    this.#reload = { success: this.#gauge(processMetrics.reloadSuccess), time: this.#gauge(processMetrics.reloadTime) };
    this.#scrape = this.#gauge(processMetrics.scrape);
    this.#gauge(processMetrics.build).set(
      { version: build.version, node: process.version, engines: build.engines.join(',') },
      1,
    );
    this.#gauge(processMetrics.started).set(Math.round(Date.now() / 1000 - process.uptime()));
    this.#gauge(processMetrics.connections, (gauge) => gauge.set(this.#probes.connections()));
    this.#gauge(processMetrics.bytesInFlight, (gauge) => gauge.set(this.#probes.bytesInFlight()));
    this.#gauge(processMetrics.resident, (gauge) => gauge.set(process.memoryUsage.rss()));
    this.#gauge(processMetrics.modelState, (gauge) => {
      gauge.reset();
      for (const { name, version, state } of this.#probes.versions()) gauge.set({ model: name, version, state }, 1);
    });
    this.#deviceGauge();
    this.#gauge(processMetrics.lag, (gauge) => this.#readLag(gauge));
    this.#cpuCounter();
    this.#delay.enable();
  }

  /** Content type of text(). */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Where the gauges of other parts read; called once the parts exist. */
  connect(probes: Probes): void {
    this.#probes = probes;
  }

  opened({ name, version, native, config, report, loadMs }: OpenedModel): OpenMetrics {
    const key = `${name}/${version}`;
    const series = this.#series.get(key) ?? new ModelSeries(name, version);
    this.#series.set(key, series);
    series.opened(native, reportFacts(report), loadMs);
    series.objective(config.slo);
    return {
      observe: (code: string, times: RequestTimes) => series.observe(code, times),
      batch: (rows: number) => series.batch(rows),
      inFlight: (delta: number) => series.inFlight(delta),
      objective: (slo: ServableConfig['slo']) => series.objective(slo),
      reported: (changed: unknown) => series.reported(reportFacts(changed)),
      close: () => {
        if (series.closed(native) && this.#series.get(key) === series) this.#series.delete(key);
      },
    };
  }

  loadFailed(model: string, code: ErrorCode): void {
    this.#counters.loadFailures.inc({ model, code });
  }

  engineBuilt(engine: string, result: string, seconds: number): void {
    this.#builds.observe({ engine, result }, seconds);
  }

  cacheLookup(engine: string, result: string): void {
    this.#counters.cache.inc({ engine, result });
  }

  backgroundBuild(model: string, result: 'swapped' | 'failed'): void {
    this.#counters.backgroundBuilds.inc({ model, result });
  }

  /** A request refused before it was queued; `model` is '' unless it is a served one's name. */
  rejected(model: string, code: ErrorCode): void {
    this.#counters.rejected.inc({ model, code });
  }

  /** A load or reload of the configuration. */
  reloaded(success: boolean): void {
    this.#reload.success.set(success ? 1 : 0);
    if (success) this.#reload.time.set(Math.round(Date.now() / 1000));
  }

  /** The whole exposition. */
  async text(): Promise<Buffer> {
    const start = performance.now();
    const own = Buffer.from(await this.#registry.metrics());
    const text = Buffer.concat([own, this.modelText()]);
    this.#scrape.set((performance.now() - start) / 1000);
    return text;
  }

  /** The part of the exposition that grows with the number of versions; valid until the next scrape. */
  modelText(): Uint8Array {
    const out = this.#out;
    out.clear();
    for (const [metric, spec] of Object.entries(modelMetrics) as [keyof typeof modelMetrics, MetricSpec][]) {
      out.text(`\n# HELP ${spec.name} ${spec.help}\n# TYPE ${spec.name} ${spec.type}\n`);
      for (const series of this.#series.values()) series.write(metric, out);
    }
    return out.written();
  }

  /** Ends the monitor. */
  close(): void {
    this.#delay.disable();
  }

  #counter(spec: MetricSpec): Counter {
    return new Counter({ name: spec.name, help: spec.help, labelNames: [...spec.labels], registers: [this.#registry] });
  }

  #gauge(spec: MetricSpec, read?: (gauge: Gauge) => void): Gauge {
    const { name, help, labels } = spec;
    const common = { name, help, labelNames: [...labels], registers: [this.#registry] };
    if (read === undefined) return new Gauge(common);
    return new Gauge({
      ...common,
      collect() {
        read(this);
      },
    });
  }

  #histogram(spec: MetricSpec, bounds: readonly number[]): Histogram {
    const { name, help, labels } = spec;
    return new Histogram({ name, help, labelNames: [...labels], buckets: [...bounds], registers: [this.#registry] });
  }

  /** A gauge with one sample for each running build. */
  #buildGauge(spec: MetricSpec, read: (build: RunningBuild) => number): void {
    this.#gauge(spec, (gauge) => {
      gauge.reset();
      for (const build of this.#probes.builds()) {
        const { name: model, version, engine } = build;
        gauge.set({ model, version, engine }, read(build));
      }
    });
  }

  #deviceGauge(): void {
    this.#gauge(processMetrics.deviceMemory, (gauge) => {
      gauge.reset();
      if (![...this.#series.values()].some((series) => series.onDevice)) return;
      for (const { device, used, total } of this.#probes.deviceMemory()) {
        gauge.set({ device, kind: 'used' }, used);
        gauge.set({ device, kind: 'total' }, total);
      }
    });
  }

  #cpuCounter(): void {
    const { name, help } = processMetrics.cpu;
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    });
  }

  #readLag(gauge: Gauge): void {
    const seconds = (ns: number): number => (Number.isFinite(ns) ? Math.max(0, ns / 1e9 - lagResolutionMs / 1000) : 0);
    gauge.set({ value: 'median' }, seconds(this.#delay.percentile(50)));
    gauge.set({ value: 'p99' }, seconds(this.#delay.percentile(99)));
    gauge.set({ value: 'longest' }, seconds(this.#delay.max));
    this.#delay.reset();
  }
}
