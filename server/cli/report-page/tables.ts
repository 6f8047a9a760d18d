// The page's tables: means with the spread of each run, and every single request.

import { formatShape } from '../../util/shape.ts';
import { type EngineRun, type GoodRun, type ModelRow, speedUp } from '../report/result.ts';
import { formatMs, significant } from '../terminal/format.ts';
import { escapeHtml } from './markup.ts';
import { dotStrip } from './strip.ts';

/** One line per model and engine: shapes, precision, means and the spread of the twelve requests. */
export function meansTable(models: readonly ModelRow[]): string {
  const head = [
    'model',
    'inputs',
    'precision',
    'engine',
    'engine time',
    'response',
    'speed-up',
    'all twelve: half to twice the mean',
  ];
  const lines = models.flatMap((row) =>
    row.runs.map((run, i) => tableLine(i, [...(i === 0 ? modelCells(row) : []), ...meanCells(row, run, i)])),
  );
  return table(head, lines, 4);
}

/** Every request's engine time: the two skipped, then the ten counted. */
export function requestsTable(models: readonly ModelRow[]): string {
  const head = [
    'model',
    'engine',
    'skipped',
    'skipped',
    ...Array.from({ length: 10 }, (_, i) => String(i + 1)),
    'mean',
  ];
  const lines = models.flatMap((row) =>
    row.runs
      .filter((run): run is GoodRun => run.ok)
      .map((run, i) => {
        const samples = [...run.article.skipped, ...run.article.counted].map((sample) =>
          cell(plainMs(sample.engineMs)),
        );
        return tableLine(i, [
          cell(`${row.name}/${row.version}`),
          `<td class="left">${escapeHtml(run.engine)}</td>`,
          ...samples,
          cell(plainMs(run.article.meanEngineMs)),
        ]);
      }),
  );
  return table(head, lines, 2);
}

/** Cells that span all runs of a model. */
function modelCells(row: ModelRow): string[] {
  const types = row.inputs.map((spec) =>
    escapeHtml(`${spec.name} ${spec.dtype} ${formatShape(row.sent[spec.name] ?? spec.shape)}`),
  );
  const span = `rowspan="${row.runs.length}"`;
  return [
    `<td ${span}><b>${escapeHtml(`${row.name}/${row.version}`)}</b></td>`,
    `<td ${span} class="left">${types.join('<br>')}</td>`,
    `<td ${span} class="left">${escapeHtml(row.precision)}</td>`,
  ];
}

function meanCells(row: ModelRow, run: EngineRun, engine: number): string[] {
  const name = `<td class="left">${escapeHtml(run.engine)}</td>`;
  if (!run.ok) return [name, `<td class="failed" colspan="4">${escapeHtml(run.reason)}</td>`];
  const factor = engine === 0 ? undefined : speedUp(row, run.engine);
  return [
    name,
    cell(formatMs(run.article.meanEngineMs)),
    cell(formatMs(run.article.meanResponseMs)),
    cell(factor === undefined ? '' : `${significant(factor)}×`),
    `<td class="strip">${dotStrip(run.article, engine)}</td>`,
  ];
}

/** Milliseconds without the unit, which the heading of the table names. */
function plainMs(ms: number | undefined): string {
  return ms === undefined ? '–' : significant(ms);
}

function cell(text: string): string {
  return `<td>${escapeHtml(text)}</td>`;
}

/** A row; the first of a model has a stronger rule above it. */
function tableLine(run: number, cells: readonly string[]): string {
  return `<tr${run === 0 ? ' class="first"' : ''}>${cells.join('')}</tr>`;
}

function table(head: readonly string[], lines: readonly string[], left: number): string {
  const cells = head.map((text, i) => `<th${i < left ? ' class="left"' : ''}>${text}</th>`);
  return `<div class="scroll"><table><thead><tr>${cells.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
}
