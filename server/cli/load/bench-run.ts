// One bench run against a server: warm-up, load, and the server's counters before and after.

import type { InferenceClient, ModelSignature } from '../client/open-inference.ts';
import type { ServerTimes } from '../client/times.ts';
import { type MachineFacts, machineFacts } from '../machine/facts.ts';
import { type ArticleResult, measureArticle } from './article.ts';
import { closedLoop } from './closed-loop.ts';
import { arrivalTimes, openLoop } from './open-loop.ts';
import type { LoadClock, Outcome, Progress } from './outcome.ts';
import type { RandomInputs } from './random-inputs.ts';
import type { SeriesSummary } from './series.ts';
import { type StatisticsDifference, statisticsDifference } from './statistics.ts';

/** The load to put on the server. */
export type Load =
  | { readonly kind: 'article' }
  | { readonly kind: 'closed'; readonly concurrency: number; readonly durationMs: number; readonly requests: number }
  | { readonly kind: 'open'; readonly rate: number; readonly durationMs: number; readonly seed: number };

/** How far a generator of open load kept to its schedule. */
export interface GeneratorReport {
  readonly arrivals: number;
  readonly missed: number;
  readonly lag: SeriesSummary | undefined;
  /** False when the 99th percentile of lag exceeds 5 % of the median latency. */
  readonly kept: boolean;
}

/** Everything a run found. */
export interface BenchResult {
  readonly load: Load;
  readonly model: string;
  readonly version: string;
  readonly server: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly machine: MachineFacts;
  readonly loadAfter: readonly number[];
  readonly warmUp: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly wallMs: number;
  readonly throughput: number;
  readonly latency: SeriesSummary | undefined;
  readonly stages: Readonly<Partial<Record<keyof ServerTimes, SeriesSummary>>>;
  readonly statistics: StatisticsDifference | undefined;
  readonly article?: ArticleResult;
  readonly generator?: GeneratorReport;
}

/** What a run needs. */
export interface BenchSetup {
  readonly client: InferenceClient;
  readonly signature: ModelSignature;
  readonly inputs: RandomInputs;
  readonly load: Load;
  readonly warmUp: number;
  readonly timeoutMs: number;
  readonly clock: LoadClock;
  readonly progress: Progress;
}

const mostOutstanding = 10_000;
const lagShare = 0.05;

interface Measured {
  readonly outcome: Pick<Outcome, 'succeeded' | 'failed' | 'errors'>;
  readonly latency: SeriesSummary | undefined;
  readonly stages: Readonly<Partial<Record<keyof ServerTimes, SeriesSummary>>>;
  readonly wallMs: number;
  readonly article?: ArticleResult;
  readonly generator?: GeneratorReport;
}

/** Runs the load and collects the figures; failures of single requests are counted, never thrown. */
export async function runBench(setup: BenchSetup): Promise<BenchResult> {
  const { client, signature, inputs, load } = setup;
  const metadata = await client.serverMetadata();
  const machine = machineFacts();
  // The article's rule counts its first requests itself: nothing may run before them.
  const warmUp = load.kind === 'article' ? 0 : setup.warmUp;
  for (let i = 0; i < warmUp; i++) await infer(setup);
  const before = await client.statistics(signature.name, signature.version);
  const measured = await measure(setup);
  const after = await client.statistics(signature.name, signature.version);
  const { outcome, wallMs } = measured;
  return {
    load,
    model: signature.name,
    version: signature.version,
    server: `${metadata.name} ${metadata.version}`,
    shapes: Object.fromEntries(inputs.shapes),
    machine,
    loadAfter: machineFacts().load,
    warmUp,
    succeeded: outcome.succeeded,
    failed: outcome.failed,
    errors: Object.fromEntries(outcome.errors),
    wallMs,
    throughput: outcome.succeeded / (wallMs / 1000),
    latency: measured.latency,
    stages: measured.stages,
    statistics: statisticsDifference(before, after),
    ...(measured.article === undefined ? {} : { article: measured.article }),
    ...(measured.generator === undefined ? {} : { generator: measured.generator }),
  };
}

async function infer({
  client,
  signature,
  inputs,
  timeoutMs,
}: BenchSetup): Promise<{ responseMs: number; times: ServerTimes | undefined }> {
  const { responseMs, times } = await client.infer({
    model: signature.name,
    version: signature.version,
    inputs: inputs.next(),
    timeoutMs,
  });
  return { responseMs, times };
}

function measure(setup: BenchSetup): Promise<Measured> {
  const { load } = setup;
  if (load.kind === 'article') return measureArticleLoad(setup);
  return load.kind === 'closed' ? measureClosed(setup, load) : measureOpen(setup, load);
}

async function measureArticleLoad(setup: BenchSetup): Promise<Measured> {
  await setup.client.rehearse();
  const begin = setup.clock.now();
  const article = await measureArticle(() => infer(setup));
  const succeeded = article.skipped.length + article.counted.length;
  const wallMs = setup.clock.now() - begin;
  return { outcome: { succeeded, failed: 0, errors: new Map() }, latency: undefined, stages: {}, wallMs, article };
}

async function measureClosed(setup: BenchSetup, load: Load & { kind: 'closed' }): Promise<Measured> {
  const { outcome, wallMs } = await closedLoop(
    async () => (await infer(setup)).times,
    load,
    setup.clock,
    setup.progress,
  );
  return { outcome, latency: outcome.latency.summary(), stages: outcome.stageSummaries(), wallMs };
}

async function measureOpen(setup: BenchSetup, load: Load & { kind: 'open' }): Promise<Measured> {
  const arrivals = arrivalTimes(load.rate, load.durationMs, load.seed);
  const limits = { maxOutstanding: mostOutstanding, ...load };
  const result = await openLoop(async () => (await infer(setup)).times, arrivals, limits, setup.clock, setup.progress);
  const latency = result.outcome.latency.summary();
  const lag = result.lag.summary();
  return {
    outcome: result.outcome,
    latency,
    stages: result.outcome.stageSummaries(),
    wallMs: result.wallMs,
    generator: { arrivals: result.arrivals, missed: result.missed, lag, kept: lagKept(lag, latency) },
  };
}

function lagKept(lag: SeriesSummary | undefined, latency: SeriesSummary | undefined): boolean {
  const late = lag?.percentiles.find(({ p }) => p === 0.99)?.ms ?? 0;
  const median = latency?.percentiles.find(({ p }) => p === 0.5)?.ms ?? 0;
  return late <= median * lagShare;
}
