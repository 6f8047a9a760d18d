// The result as text: the table of README.md and the one of the terminal.

import { digits, withTable } from '../lib/page.mjs';
import { sizes } from './servers.mjs';

const kRows = [
  ['p50 ms, 1 in flight', '1', ({ p50 }) => p50, 'p50'],
  ['p90 ms, 1 in flight', '1', ({ p90 }) => p90, 'p90'],
  ['p99 ms, 1 in flight', '1', ({ pooled }) => pooled.p99, 'p99'],
  ['CPU ms per call, 1 in flight', '1', ({ cpu_ms }) => cpu_ms, 'cpu_ms'],
  ['calls per second, 16 in flight', '16', ({ rate }) => rate, 'rate'],
  ['p99 ms, 16 in flight', '16', ({ pooled }) => pooled.p99, 'p99'],
  ['CPU ms per call, 16 in flight', '16', ({ cpu_ms }) => cpu_ms, 'cpu_ms'],
];

const kStarts = [
  ['start to READY, s', 'ready_s'],
  ['first request after READY, ms', 'first_ms'],
  ['mean of the next 100, ms', 'early_ms'],
  ['resident MiB', 'resident_mib'],
  ['CPU when idle, %', 'idle_percent'],
];

function cellText(result, size, load, of, key) {
  const cell = result.cells[`${size}@${load}`];
  if (cell === undefined) return '';
  const shown = result.servers.map((name) => digits(of(cell[name]))).join(' / ');
  const ratios = result.servers.slice(1).map((name) => `${cell[name].ratio[key].median.toFixed(2)}×`);
  return `${shown}${ratios.length > 0 ? ` (${ratios.join(', ')})` : ''}`;
}

/** Sizes whose cells are disturbed, with the reasons. */
export function disturbed(result) {
  return Object.entries(result.cells).flatMap(([cell, by]) =>
    Object.entries(by).flatMap(([name, { noise }]) => noise.map((reason) => `${cell} ${name}: ${reason}`)),
  );
}

/** Lines of the tables in Markdown, with the machine below. */
export function markdown(result) {
  const names = result.servers.join(' / ');
  const ratio = result.servers.length > 1 ? ' (ratio)' : '';
  const { machine, starts } = result;
  const noisy = disturbed(result).length;
  const reasons =
    noisy === 0 ? [] : [`**No conclusion: ${noisy} of the cells were disturbed by others on the machine.**`, ''];
  return [
    ...reasons,
    `| ${names}${ratio} | ${result.sizes.map((size) => sizes[size].label).join(' | ')} |`,
    `|---|${result.sizes.map(() => '---:').join('|')}|`,
    ...kRows.map(
      ([title, load, of, key]) =>
        `| ${title} | ${result.sizes.map((size) => cellText(result, size, load, of, key)).join(' | ')} |`,
    ),
    '',
    `| | ${result.servers.join(' | ')} |`,
    `|---|${result.servers.map(() => '---:').join('|')}|`,
    ...kStarts.map(
      ([title, key]) => `| ${title} | ${result.servers.map((name) => digits(starts[name]?.[key])).join(' | ')} |`,
    ),
    '',
    `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}; commit ${machine.commit}; ${machine.date.slice(0, 10)}; ${result.rounds} rounds of ${result.seconds} s, 1-minute load ${machine.load[0]} before.`,
  ];
}

/** README.md with the table between its markers made anew; undefined where they are missing. */
export const withServing = (readme, result) => withTable(readme, 'serving', markdown(result));
