// The numbers of the process: prom-client keeps them, among them its own of memory, garbage collection and file descriptors.

import { Counter, collectDefaultMetrics, Gauge, Histogram, type MetricObjectWithValues, Registry } from 'prom-client';
import type { ErrorCode } from '../errors.ts';
import type { RunningBuild, VersionStatus } from '../model/served.ts';
import type { DeviceMemory } from '../native/binding-types.ts';
import { type Exposition, Labels } from './exposition/exposition.ts';
import { buildBounds, type MetricSpec, processMetrics } from './table.ts';

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

/** Defaults of prom-client that are left out: its monitor of the event loop forgets with every scrape, and the rest says little for its lines. */
const unwanted = /^nodejs_(eventloop_lag|active_|heap_space|version_info)|^process_heap_bytes$/;
/** The monitor cannot be left out from the start; with this interval it wakes nobody. */
const idleMonitorMs = 3_600_000;

/** Values of the label `event` of connections. */
const connectionEvents = [
  'opened',
  'refused',
  'goaway_sent',
  'goaway_received',
  'aged_out',
  'failed',
  'plain_text',
  'tls_failed',
] as const;
export type ConnectionEventName = (typeof connectionEvents)[number];

export class ProcessMetrics {
  readonly #registry = new Registry();
  readonly #counters: Readonly<
    Record<
      'loadFailures' | 'cache' | 'backgroundBuilds' | 'connectionEvents' | 'certificateReads' | 'keyReads',
      Counter
    >
  >;
  readonly #builds: Histogram;
  readonly #reload: { readonly success: Gauge; readonly time: Gauge };
  readonly #scrape: Gauge;
  readonly #certificateEnd: Gauge;
  #probes: Probes = {
    versions: () => [],
    builds: () => [],
    deviceMemory: () => [],
    connections: () => 0,
    bytesInFlight: () => 0,
  };

  /** `onDevice` tells whether any model runs on a device. */
  constructor(build: BuildFacts, onDevice: () => boolean) {
    this.#counters = {
      loadFailures: this.#counter(processMetrics.loadFailures),
      cache: this.#counter(processMetrics.cache),
      backgroundBuilds: this.#counter(processMetrics.backgroundBuilds),
      connectionEvents: this.#counter(processMetrics.connectionEvents),
      certificateReads: this.#counter(processMetrics.certificateReads),
      keyReads: this.#counter(processMetrics.keyReads),
    };
    this.#certificateEnd = this.#gauge(processMetrics.certificateEnd);
    for (const result of ['loaded', 'refused']) {
      this.#counters.certificateReads.inc({ result }, 0);
      this.#counters.keyReads.inc({ result }, 0);
    }
    for (const event of connectionEvents) this.#counters.connectionEvents.inc({ event }, 0);
    this.#builds = this.#histogram(processMetrics.builds, buildBounds);
    this.#buildGauge(processMetrics.buildFraction, (running) => running.fraction);
    this.#buildGauge(processMetrics.buildSubgraph, (running) => running.subgraph);
    this.#buildGauge(processMetrics.buildSubgraphs, (running) => running.subgraphs);
    this.#reload = { success: this.#gauge(processMetrics.reloadSuccess), time: this.#gauge(processMetrics.reloadTime) };
    this.#scrape = this.#gauge(processMetrics.scrape);
    this.#gauge(processMetrics.build).set(
      { version: build.version, node: process.version, engines: build.engines.join(',') },
      1,
    );
    this.#gauge(processMetrics.connections, (gauge) => gauge.set(this.#probes.connections()));
    this.#gauge(processMetrics.bytesInFlight, (gauge) => gauge.set(this.#probes.bytesInFlight()));
    this.#gauge(processMetrics.modelState, (gauge) => {
      gauge.reset();
      for (const { name, version, state } of this.#probes.versions()) gauge.set({ model: name, version, state }, 1);
    });
    this.#deviceGauge(onDevice);
    this.#busyCounter();
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: idleMonitorMs });
    for (const { name } of this.#registry.getMetricsAsArray())
      if (unwanted.test(name)) this.#registry.removeSingleMetric(name);
  }

  /** Where the gauges of other parts read; called once the parts exist. */
  connect(probes: Probes): void {
    this.#probes = probes;
  }

  connection(event: ConnectionEventName): void {
    this.#counters.connectionEvents.inc({ event });
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

  /** A certificate is in use that ends at `endsAt`, in milliseconds since the epoch. */
  certificateLoaded(endsAt: number, fingerprint: string): void {
    this.#certificateEnd.reset();
    this.#certificateEnd.set({ fingerprint }, Math.floor(endsAt / 1000));
    this.#counters.certificateReads.inc({ result: 'loaded' });
  }

  /** Files of a certificate changed and cannot be used. */
  certificateRefused(): void {
    this.#counters.certificateReads.inc({ result: 'refused' });
  }

  /** The file of keys was read. */
  keysRead(result: 'loaded' | 'refused'): void {
    this.#counters.keyReads.inc({ result });
  }

  /** A load or reload of the configuration. */
  reloaded(success: boolean): void {
    this.#reload.success.set(success ? 1 : 0);
    if (success) this.#reload.time.set(Math.round(Date.now() / 1000));
  }

  /** How long a scrape took. */
  scraped(seconds: number): void {
    this.#scrape.set(seconds);
  }

  /** Writes all families. */
  async write(out: Exposition): Promise<void> {
    for (const metric of await this.#registry.getMetricsAsJSON()) writeFamily(metric, out);
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

  #deviceGauge(onDevice: () => boolean): void {
    this.#gauge(processMetrics.deviceMemory, (gauge) => {
      gauge.reset();
      if (!onDevice()) return;
      for (const { device, used, total } of this.#probes.deviceMemory()) {
        gauge.set({ device, kind: 'used' }, used);
        gauge.set({ device, kind: 'total' }, total);
      }
    });
  }

  #busyCounter(): void {
    const { name, help } = processMetrics.busy;
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(performance.eventLoopUtilization().active / 1000);
      },
    });
  }
}

type Values = MetricObjectWithValues<{
  readonly value: number;
  readonly labels: object;
  readonly metricName?: string;
}>;

function writeFamily(metric: object, out: Exposition): void {
  // The declared type of the library's JSON leaves out what histograms add to it, and spells types as an enum.
  const { name, help, type, values } = metric as unknown as Omit<Values, 'type'> & { readonly type: string };
  if (type !== 'counter' && type !== 'gauge' && type !== 'histogram') return;
  out.family({ name, help, type });
  const pairsOf = (labels: object): readonly (readonly [string, string])[] =>
    Object.entries(labels).map(([label, value]) => [label, String(value)] as const);
  if (type !== 'histogram') {
    for (const { value, labels } of values) out.sample(new Labels(pairsOf(labels)), value);
    return;
  }
  const groups = new Map<string, { labels: Labels; bounds: number[]; below: number[]; sum: number }>();
  for (const { value, labels, metricName = '' } of values) {
    const pairs = pairsOf(labels).filter(([label]) => label !== 'le');
    const own = new Labels(pairs);
    const group = groups.get(own.text) ?? { labels: own, bounds: [], below: [], sum: 0 };
    groups.set(own.text, group);
    if (metricName.endsWith('_sum')) group.sum = value;
    if (!metricName.endsWith('_bucket')) continue;
    const le = Number((labels as { le?: string | number }).le);
    if (Number.isFinite(le)) group.bounds.push(le);
    group.below.push(value);
  }
  for (const { labels, bounds, below, sum } of groups.values())
    out.buckets(labels, { bounds, counts: below.map((value, i) => value - (below[i - 1] ?? 0)), sum });
}
