// The result as text: the table of README.md and the lines of the terminal.

import { digits, withTable } from '../lib/page.mjs';
import { disturbed, geometricMean, msText, peers, rates, threadText, titles } from './figures.mjs';

const range = ({ median, min, max }) => `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;

/** One line about a cell that was measured. */
export function cellLine({ net, threads, sides, ratio, served, noise }) {
  const each = ['engine', ...peers].map((name) => `${titles[name]} ${msText(sides[name].median)}`).join(', ');
  return `${net}, ${threadText(threads)}: ${each} ms; ratio ${range(ratio)}, served ${range(served)}${noise.length > 0 ? ` (disturbed: ${noise.length})` : ''}`;
}

/** {threads: {ratio, served}} as geometric means over the networks. */
export const means = ({ cells, threads }) =>
  Object.fromEntries(
    threads.map((count) => {
      const chosen = cells.filter((cell) => cell.threads === count);
      return [
        count,
        Object.fromEntries(
          ['ratio', 'served'].map((key) => [key, geometricMean(chosen.map((cell) => cell[key].median))]),
        ),
      ];
    }),
  );

/** Lines of the table in Markdown, one a cell. */
function tableLines({ cells, peaks }) {
  const rows = cells.map((cell) => {
    const { net, threads, sides, ratio, served, wire } = cell;
    const { gflops, share } = rates(cell, sides.engine.median, peaks[threads]);
    const texts = [
      net,
      threads,
      msText(sides.native.median),
      msText(sides.engine.median),
      `${(sides.native.median / sides.engine.median).toFixed(1)}×`,
      ...peers.map((name) => msText(sides[name].median)),
      range(ratio),
      msText(sides.served.median),
      range(served),
      msText(wire),
      `${digits(gflops)} (${Math.round(100 * share)} %)`,
    ];
    return `| ${texts.join(' | ')} |`;
  });
  return [
    '| network | threads | native ms | engine ms | speed-up | ONNX Runtime ms | OpenVINO ms | ratio (min–max) | served ms | served ratio (min–max) | client ms | GFLOP/s (of peak) |',
    '|---|---:|---:|---:|---:|---:|---:|---|---:|---|---:|---:|',
    ...rows,
    '',
  ];
}

function meanLines(result) {
  const texts = Object.entries(means(result)).map(
    ([threads, { ratio, served }]) => `${threadText(threads)} ${digits(ratio)}, served ${digits(served)}`,
  );
  return [`Geometric mean of the ratios: ${texts.join('; ')}.`, ''];
}

/** Where, of what and how the cells were measured. */
function conditionLine({ machine, peaks, rounds, seconds, versions }) {
  const versionTexts = Object.entries(versions).map(([name, version]) => `${titles[name]} ${version}`);
  const reached = Object.entries(peaks).map(
    ([threads, { gflops, gbytes }]) =>
      `${digits(gflops)} GFLOP/s and ${digits(gbytes)} GB/s with ${threadText(threads)}`,
  );
  return `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}; ${versionTexts.join(', ')}; commit ${machine.commit}; ${machine.date.slice(0, 10)}; ${rounds} rounds of ${seconds} s, 1-minute load ${machine.load[0]} before; peaks measured: ${reached.join(', ')}.`;
}

/** The whole result in Markdown: the table, its means, and the machine below. */
export function markdown(result) {
  const noisy = disturbed(result).length;
  const reasons =
    noisy === 0 ? [] : [`**No conclusion: ${noisy} of the measurements were disturbed by others on the machine.**`, ''];
  return [...reasons, ...tableLines(result), ...meanLines(result), conditionLine(result)];
}

/**
 * README.md with the table between its markers made anew; undefined where they are missing. What others on the machine disturbed is left out and named below;
 * where that is most of it, the table stays as it is.
 */
export function withRatio(readme, result) {
  const [quiet, noisy] = [true, false].map((wanted) =>
    result.cells.filter(({ noise }) => (noise.length === 0) === wanted),
  );
  if (noisy.length === 0) return withTable(readme, 'ratio', markdown(result));
  if (noisy.length > quiet.length) return readme;
  const names = noisy.map(({ net, threads }) => `${net} with ${threadText(threads)}`).join(', ');
  return withTable(readme, 'ratio', [
    ...tableLines({ ...result, cells: quiet }),
    conditionLine(result),
    '',
    `Not told, since others used the machine while they were measured: ${names}.`,
  ]);
}
