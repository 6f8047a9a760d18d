// The report as a table on a terminal.

import { formatShape } from '../../util/shape.ts';
import { machineLines } from '../machine/text.ts';
import { formatMs, significant } from '../terminal/format.ts';
import { textTable } from '../terminal/table.ts';
import { deviceLines } from './device.ts';
import { baseline, goodRun, type ModelRow, meanSpeedUp, type ReportResult, speedUp } from './result.ts';

/** Header, table, warnings and failures. */
export function reportText(result: ReportResult): string {
  const optimised = result.engines.filter((engine) => engine !== baseline);
  const headings = ['model', 'inputs', 'precision'];
  for (const engine of result.engines) headings.push(`${engine} engine`, `${engine} response`);
  for (const engine of optimised) headings.push(`${engine} speed-up`);
  const rows = result.models.map((row) => [
    `${row.name}/${row.version}`,
    Object.values(row.sent).map(formatShape).join(', '),
    row.precision,
    ...result.engines.flatMap((engine) => engineCells(row, engine)),
    ...optimised.map((engine) => factor(speedUp(row, engine))),
  ]);
  const means = optimised.map(
    (engine) => `${engine} over native, geometric mean: ${factor(meanSpeedUp(result.models, engine))}`,
  );
  return [
    ...machineLines(result.machine),
    ...libraryLines(result),
    `rule      ${result.rule}`,
    '',
    textTable(headings, rows),
    '',
    ...means,
    ...deviceLines(result.models),
    ...result.warnings.map((text) => `warning: ${text}`),
    ...failures(result),
  ].join('\n');
}

function engineCells(row: ModelRow, engine: string): string[] {
  const run = goodRun(row, engine);
  return run === undefined
    ? ['failed', 'failed']
    : [formatMs(run.article.meanEngineMs), formatMs(run.article.meanResponseMs)];
}

function factor(value: number | undefined): string {
  return value === undefined ? '–' : `${significant(value)}×`;
}

/** The server, its libraries and its instruction set. */
export function libraryLines(result: ReportResult): string[] {
  const { system } = result;
  const threads = result.threads ?? system?.threads;
  const versions = Object.entries(system?.versions ?? {}).map(([name, version]) => `${name} ${version}`);
  const parts = [
    result.server,
    ...versions,
    (system?.isa ?? '') === '' ? '' : `instructions ${system?.isa}`,
    threads === undefined ? '' : `${threads} ${threads === 1 ? 'thread' : 'threads'} per inference`,
  ];
  return [`software  ${parts.filter((part) => part !== '').join(', ')}`];
}

function failures(result: ReportResult): string[] {
  return result.models.flatMap((row) =>
    row.runs.flatMap((run) => (run.ok ? [] : [`failed: ${row.name}/${row.version} on ${run.engine}: ${run.reason}`])),
  );
}
