// A profile as a table on a terminal.

import { formatMs, significant } from '../terminal/format.ts';
import { textTable } from '../terminal/table.ts';
import type { ProfiledStep, ProfileResult } from './result.ts';

/** Columns a terminal is taken to have where nobody says. */
const defaultWidth = 120;
const leastNode = 16;
const mostKernel = 44;

/** Header, a row for each step in the order they run, the choices between kernels, warnings. */
export function profileText(result: ProfileResult, width: number = defaultWidth): string {
  const { totalMs, runs, threads, peaks, steps } = result;
  const lines = [
    `${result.model}: ${formatMs(totalMs)} a run (median of ${runs}), ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
  ];
  if (peaks !== null)
    lines.push(
      `measured here: ${significant(peaks.gflops)} GFLOP/s on registers, ${significant(peaks.gbytes)} GB/s from memory`,
    );
  lines.push('', stepTable(steps, width), '');
  const outside = totalMs - steps.reduce((sum, step) => sum + step.ms, 0);
  if (outside > 0) lines.push(`between the steps: ${formatMs(outside)} (${percent(outside / totalMs)})`);
  if (steps.some((step) => (step.rate?.ofPeak ?? 0) > 1))
    lines.push(
      'above 100 %: data came out of the caches, or the kernel needs fewer operations than the definition (Winograd)',
    );
  const choices = choiceLines(steps);
  if (choices.length > 0)
    lines.push('', 'kernels that were measured against each other, the chosen one first', ...choices);
  return [...lines, ...result.warnings.map((text) => `warning: ${text}`)].join('\n');
}

function stepTable(steps: readonly ProfiledStep[], width: number): string {
  const headings = ['#', 'time', 'share', 'rate', 'of peak', 'thr', 'kernel', 'nodes'];
  const rows = steps.map((step, index) => [
    String(index),
    formatMs(step.ms),
    percent(step.share),
    rateText(step),
    step.rate?.ofPeak == null ? '' : percent(step.rate.ofPeak),
    step.threads === null ? '' : String(step.threads),
    cutEnd(step.kernel, mostKernel),
  ]);
  const taken = headings
    .slice(0, -1)
    .reduce(
      (sum, heading, column) => sum + 2 + Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
      0,
    );
  const room = Math.max(leastNode, width - taken);
  return textTable(
    headings,
    rows.map((row, index) => [...row, nodesText(steps[index]?.nodes ?? [], room)]),
  );
}

function rateText({ rate }: ProfiledStep): string {
  if (rate === null) return '';
  return rate.bound === 'arithmetic' ? `${significant(rate.gflops ?? 0)} GFLOP/s` : `${significant(rate.gbytes)} GB/s`;
}

/** The first node's name, its end if it is long, and how many more there are. */
function nodesText(nodes: readonly string[], room: number): string {
  const [first = '', ...others] = nodes;
  const more = others.length === 0 ? '' : ` +${others.length}`;
  const left = room - more.length;
  return (first.length > left ? `…${first.slice(first.length - left + 1)}` : first) + more;
}

const cutEnd = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

/** One line a choice, with how many steps it is of: equal nodes choose once. */
function choiceLines(steps: readonly ProfiledStep[]): string[] {
  const lines = new Map<string, number[]>();
  steps.forEach((step, index) => {
    if (step.rivals.length === 0 || step.rate === null) return;
    const ordered = [...step.rivals].sort(
      (a, b) => Number(b.kernel === step.chosen) - Number(a.kernel === step.chosen),
    );
    const text = ordered.map((rival) => `${rival.kernel} ${formatMs(rival.ms)}`).join(', ');
    lines.set(text, [...(lines.get(text) ?? []), index]);
  });
  return [...lines].map(([text, indices]) => `  ${indices.map((index) => `#${index}`).join(' ')}  ${text}`);
}
