// The bar chart: one group per model, one bar per engine. Models differ by orders of magnitude, so each group has a scale
// of its own on which the slowest engine fills the width; the numbers beside the bars are the mean engine times.
//
//   resnet50/1        ████████████████████████████████  182 ms
//   1×3×224×224       ███████  38.1 ms                              4.8×

import { formatShape } from '../../util/shape.ts';
import { baseline, goodRun, type ModelRow, speedUp } from '../report/result.ts';
import { formatMs, significant } from '../terminal/format.ts';
import { escapeHtml } from './markup.ts';

const chartWidth = 1030;
const left = 210;
const right = 900;
const barHeight = 16;
const barGap = 4;
const groupGap = 22;
const labelRoom = 78;
const maxName = 28;

/** An SVG element with all models that were measured on at least one engine. */
export function barChart(models: readonly ModelRow[], engines: readonly string[]): string {
  const groupHeight = Math.max(2, engines.length) * (barHeight + barGap) + groupGap;
  const groups = models.map((row, i) => group(row, engines, i * groupHeight + 8));
  const height = models.length * groupHeight;
  return `<svg viewBox="0 0 ${chartWidth} ${height}" role="img" aria-label="mean engine time per model and engine">${groups.join('')}</svg>`;
}

function group(row: ModelRow, engines: readonly string[], top: number): string {
  const means = engines.map((engine) => goodRun(row, engine)?.article.meanEngineMs);
  const slowest = Math.max(...means.map((mean) => mean ?? 0));
  const bars = engines.map((_, i) => bar(means[i], slowest, i, top + i * (barHeight + barGap)));
  const shapes = Object.values(row.sent).map(formatShape).join(', ');
  const line =
    top > 8
      ? `<line class="rule" x1="0" x2="${chartWidth}" y1="${top - groupGap / 2}" y2="${top - groupGap / 2}"/>`
      : '';
  const name = `<text class="name" x="0" y="${top + 13}">${escapeHtml(shorten(`${row.name}/${row.version}`))}</text>`;
  const shape = `<text class="small" x="0" y="${top + 31}">${escapeHtml(shorten(shapes))}</text>`;
  return line + name + shape + bars.join('') + factors(row, engines, top);
}

function bar(mean: number | undefined, slowest: number, engine: number, y: number): string {
  if (mean === undefined || slowest === 0)
    return `<text class="small bad" x="${left}" y="${y + 12}">not measured</text>`;
  const width = Math.max(2, (mean / slowest) * (right - left - labelRoom));
  const rect = `<rect class="e${engine % 4}" x="${left}" y="${y}" width="${width.toFixed(1)}" height="${barHeight}" rx="3"/>`;
  return `${rect}<text x="${(left + width + 8).toFixed(1)}" y="${y + 12.5}">${formatMs(mean)}</text>`;
}

function factors(row: ModelRow, engines: readonly string[], top: number): string {
  return engines
    .map((engine, i) => {
      const factor = engine === baseline ? undefined : speedUp(row, engine);
      const y = top + i * (barHeight + barGap) + 13;
      return factor === undefined
        ? ''
        : `<text class="factor" x="${chartWidth}" y="${y}" text-anchor="end">${significant(factor)}×</text>`;
    })
    .join('');
}

function shorten(text: string): string {
  return text.length > maxName ? `${text.slice(0, maxName - 1)}…` : text;
}
