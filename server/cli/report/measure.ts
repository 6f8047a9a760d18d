// Measures every model of a repository on every engine by the article's rule. Engines take turns: one server process at
// a time, so that none disturbs another, and within a server one model after the other.

import { loadavg } from 'node:os';
import type { IndexEntry } from '../client/messages.ts';
import type { ModelSignature } from '../client/open-inference.ts';
import { measureArticle } from '../load/article.ts';
import { RandomInputs } from '../load/random-inputs.ts';
import { ChildServer, type LoadProgress } from './child-server.ts';
import { deviceLatencyOf } from './device.ts';
import type { EngineRun, ModelRow } from './result.ts';

/** What is measured and how. */
export interface MeasureOptions {
  readonly command: readonly string[];
  readonly repository: string;
  readonly engines: readonly string[];
  readonly cache: string | undefined;
  readonly threads: number | undefined;
  /** Shapes for inputs with unknown sizes, by "model:input". */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly integers: readonly [number, number];
  readonly timeoutMs: number;
}

/** Where the measurement stands. */
export interface MeasureProgress {
  loading(engine: string, settled: number, known: number, elapsedMs: number): void;
  measuring(engine: string, model: string, done: number, total: number): void;
}

/** What all engines together found. */
export interface Measured {
  /** In the order of the repository index. */
  readonly models: readonly ModelRow[];
  /** Name and version of the server. */
  readonly server: string;
  /** Servers that ended early, each with its last lines of log. */
  readonly breakdowns: readonly string[];
}

/** Measures every model on every engine; throws only when not even one server came up. */
export async function measureAll(options: MeasureOptions, progress: MeasureProgress): Promise<Measured> {
  const rows = new Map<string, ModelRow>();
  const breakdowns: string[] = [];
  let server = '';
  for (const engine of options.engines) {
    const child = await ChildServer.start({ ...options, engine });
    try {
      server = await measureEngine(child, options, progress, rows);
    } catch (error) {
      // Without any row there is nothing to report; else what other engines found must not be lost.
      if (rows.size === 0) throw error;
      const message = error instanceof Error ? error.message : String(error);
      breakdowns.push(message);
      failTheRest(rows, engine, message.split(':\n', 1)[0] ?? message);
    } finally {
      await child.stop();
    }
  }
  return { models: [...rows.values()], server, breakdowns };
}

/** Measures all models of one server; returns the server's name and version. */
async function measureEngine(
  child: ChildServer,
  options: MeasureOptions,
  progress: MeasureProgress,
  rows: Map<string, ModelRow>,
): Promise<string> {
  const { engine } = child;
  const loading: LoadProgress = (settled, known, elapsed) => progress.loading(engine, settled, known, elapsed);
  const index = await child.settled(loading);
  await child.client.rehearse();
  for (const [done, entry] of index.entries()) {
    progress.measuring(engine, entry.name, done, index.length);
    await measureEntry(child, entry, options, rows);
  }
  const metadata = await child.client.serverMetadata();
  return `${metadata.name} ${metadata.version}`;
}

/** Gives every row that has no run of the engine the reason why there is none. */
function failTheRest(rows: Map<string, ModelRow>, engine: string, reason: string): void {
  for (const [key, row] of rows) {
    if (!row.runs.some((run) => run.engine === engine)) rows.set(key, withRun(row, { engine, ok: false, reason }));
  }
}

async function measureEntry(
  child: ChildServer,
  entry: IndexEntry,
  options: MeasureOptions,
  rows: Map<string, ModelRow>,
): Promise<void> {
  const key = `${entry.name}/${entry.version}`;
  const before = rows.get(key) ?? emptyRow(entry);
  if (entry.state !== 'READY') {
    rows.set(key, withRun(before, { engine: child.engine, ok: false, reason: entry.reason || `state ${entry.state}` }));
    return;
  }
  try {
    const signature = await child.client.signature(entry.name, entry.version);
    const inputs = new RandomInputs(signature.inputs, {
      seed: 1,
      integers: options.integers,
      shapes: shapesOf(entry.name, options.shapes),
    });
    const described = describeRow(before, signature, inputs, await child.modelReport(entry.name, entry.version));
    // Kept before measuring, so that a failing model still shows its shapes.
    rows.set(key, described);
    rows.set(key, withRun(described, await measureRun(child, entry, inputs, options.timeoutMs)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    rows.set(key, withRun(rows.get(key) ?? before, { engine: child.engine, ok: false, reason }));
  }
}

async function measureRun(
  child: ChildServer,
  entry: IndexEntry,
  inputs: RandomInputs,
  timeoutMs: number,
): Promise<EngineRun> {
  const loadBefore = loadavg()[0] ?? 0;
  const article = await measureArticle(() => {
    return child.client.infer({ model: entry.name, version: entry.version, inputs: inputs.next(), timeoutMs });
  });
  const device = deviceLatencyOf(await child.modelReport(entry.name, entry.version));
  return { engine: child.engine, ok: true, article, loadBefore, ...(device === undefined ? {} : { device }) };
}

function emptyRow(entry: IndexEntry): ModelRow {
  return {
    name: entry.name,
    version: entry.version,
    inputs: [],
    outputs: [],
    sent: {},
    precision: 'unknown',
    runs: [],
  };
}

function describeRow(row: ModelRow, signature: ModelSignature, inputs: RandomInputs, report: unknown): ModelRow {
  const { inputs: specs, outputs } = signature;
  const planFile = isPlanFile(report) ? { planFile: true as const } : {};
  const sent = Object.fromEntries(inputs.shapes);
  return { ...row, inputs: specs, outputs, sent, precision: precisionOf(report), ...planFile };
}

function isPlanFile(report: unknown): boolean {
  const file = (report as { readonly native?: { readonly file?: unknown } } | undefined)?.native?.file;
  return typeof file === 'string' && file.endsWith('.mindplan');
}

function withRun(row: ModelRow, run: EngineRun): ModelRow {
  return { ...row, runs: [...row.runs, run] };
}

/** The precision a model was compiled for, and how its weights are stored where that was asked for, as its report states it. */
export function precisionOf(report: unknown): string {
  const options = (
    report as { readonly options?: { readonly precision?: unknown; readonly weights?: unknown } } | undefined
  )?.options;
  if (typeof options?.precision !== 'string') return 'unknown';
  return options.weights === '16bit' ? `${options.precision}, 16-bit weights` : options.precision;
}

function shapesOf(model: string, shapes: ReadonlyMap<string, readonly number[]>): Map<string, readonly number[]> {
  const prefix = `${model}:`;
  return new Map(
    [...shapes].filter(([key]) => key.startsWith(prefix)).map(([key, shape]) => [key.slice(prefix.length), shape]),
  );
}
