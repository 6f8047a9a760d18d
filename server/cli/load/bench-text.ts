// A bench result as text.

import { formatShape } from '../../util/shape.ts';
import { shownStages } from '../client/times.ts';
import { noiseWarning } from '../machine/facts.ts';
import { machineLines } from '../machine/text.ts';
import { formatElapsed, formatMs, percentileName, significant } from '../terminal/format.ts';
import { textTable } from '../terminal/table.ts';
import type { ArticleResult, ArticleSample } from './article.ts';
import type { BenchResult, GeneratorReport, Load } from './bench-run.ts';
import type { SeriesSummary } from './series.ts';

/** The whole report: header, figures, notes. */
export function benchText(result: BenchResult): string {
  const shapes = Object.entries(result.shapes).map(([name, shape]) => `${name} ${formatShape(shape)}`);
  const sections = [
    [
      `model     ${result.model}/${result.version}  (${shapes.join(', ')})`,
      `server    ${result.server}`,
      ...machineLines(result.machine),
      `after     load average ${result.loadAfter.join(' ')}`,
      `run       ${describeLoad(result.load, result.warmUp)}`,
    ],
    result.article === undefined ? latencyLines(result) : articleLines(result.article),
    statisticsLines(result),
    notes(result),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function describeLoad(load: Load, warmUp: number): string {
  if (load.kind === 'article')
    return "the article's rule: one after another, 2 skipped, mean of the next 10 (says nothing of the tail)";
  const before = `${warmUp} warm-up requests not counted`;
  if (load.kind === 'closed')
    return `closed loop, ${load.concurrency} at a time, ${formatElapsed(load.durationMs)}; ${before}`;
  return `open loop, Poisson arrivals at ${load.rate}/s, ${formatElapsed(load.durationMs)}, seed ${load.seed}, timed from the intended start; ${before}`;
}

function latencyLines(result: BenchResult): string[] {
  const rows: string[][] = [];
  if (result.latency !== undefined) rows.push(seriesRow('response time', result.latency));
  for (const { key, label } of shownStages) {
    const stage = result.stages[key];
    if (stage !== undefined) rows.push(seriesRow(label, stage));
  }
  const counts = `${result.succeeded} answered, ${result.failed} failed, ${significant(result.throughput)} requests/s over ${formatElapsed(result.wallMs)}`;
  if (rows.length === 0) return [counts];
  const percentiles = result.latency?.percentiles ?? [];
  const headings = ['', 'samples', 'mean', ...percentiles.map(({ p }) => percentileName(p)), 'max'];
  return [counts, '', textTable(headings, rows)];
}

function seriesRow(label: string, series: SeriesSummary): string[] {
  const percentiles = series.percentiles.map(({ ms, weak }) => `${formatMs(ms)}${weak ? '*' : ''}`);
  return [label, String(series.count), formatMs(series.mean), ...percentiles, formatMs(series.max)];
}

function articleLines(article: ArticleResult): string[] {
  const row = (label: string, sample: ArticleSample): string[] => [
    label,
    formatMs(sample.responseMs),
    formatMs(sample.engineMs),
  ];
  const rows = [
    ...article.skipped.map((sample, i) => row(`skipped ${i + 1}`, sample)),
    ...article.counted.map((sample, i) => row(String(i + 1), sample)),
    ['mean of 10', formatMs(article.meanResponseMs), formatMs(article.meanEngineMs)],
  ];
  return [textTable(['request', 'response', 'engine'], rows)];
}

function statisticsLines(result: BenchResult): string[] {
  const { statistics } = result;
  if (statistics === undefined || statistics.inferences === 0) return [];
  const rows = Object.entries(statistics.stages)
    .filter(([, stage]) => stage.count > 0)
    .map(([name, stage]) => [name, String(stage.count), formatMs(stage.meanMs)]);
  const perExecution = statistics.executions > 0 ? significant(statistics.inferences / statistics.executions) : '–';
  return [
    `server's counters over the run: ${statistics.inferences} inferences in ${statistics.executions} executions (${perExecution} each)`,
    textTable(['stage', 'count', 'mean'], rows),
  ];
}

function notes(result: BenchResult): string[] {
  const lines: string[] = [];
  if (result.latency?.percentiles.some(({ weak }) => weak) === true) {
    lines.push('* fewer than 10 samples lie beyond this percentile: too few to trust it');
  }
  if (result.generator !== undefined) lines.push(...generatorLines(result.generator));
  const noise = noiseWarning(result.machine.load, result.machine.logicalCpus, undefined);
  if (noise !== '') lines.push(`note: ${noise}`);
  for (const [text, count] of Object.entries(result.errors)) lines.push(`failed ${count} times: ${text}`);
  return lines;
}

function generatorLines(generator: GeneratorReport): string[] {
  const late = generator.lag?.percentiles.find(({ p }) => p === 0.99)?.ms;
  const lines = [
    `generator: ${generator.arrivals} arrivals, ${generator.missed} missed, lag p99 ${formatMs(late)}, max ${formatMs(generator.lag?.max)}`,
  ];
  if (!generator.kept)
    lines.push(
      'note: lag p99 is above 5 % of the median latency; the generator, not only the server, shaped this result',
    );
  return lines;
}
