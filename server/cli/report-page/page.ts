// The report as one HTML file: no script, no font and no image from elsewhere, so it opens offline and can be mailed.

import { baseline, meanSpeedUp, type ReportResult } from '../report/result.ts';
import { significant } from '../terminal/format.ts';
import { barChart } from './chart.ts';
import { escapeHtml } from './markup.ts';
import { style } from './style.ts';
import { meansTable, requestsTable } from './tables.ts';

/** The whole page. */
export function reportPage(result: ReportResult): string {
  const body = [
    `<h1>Latency report</h1><p class="soft">${escapeHtml(result.repository)} · ${escapeHtml(day(result.machine.time))}</p>`,
    tiles(result),
    warnings(result),
    chartSection(result),
    section(
      'Means',
      'Engine time is the plan alone, inside the server; response time is what a gRPC client on this machine saw.',
      meansTable(result.models),
    ),
    section(
      'Every request',
      'Engine time of the two skipped and the ten counted requests, in milliseconds.',
      requestsTable(result.models),
    ),
    section('Machine and software', '', facts(result)),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Latency report – mindird</title><style>${style}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`;
}

function section(title: string, note: string, content: string): string {
  return `<section><h2>${title}</h2>${note === '' ? '' : `<p class="soft">${escapeHtml(note)}</p>`}${content}</section>`;
}

function tiles(result: ReportResult): string {
  const optimised = result.engines.filter((engine) => engine !== baseline);
  const factors = optimised.map((engine): [string, string] => {
    const mean = meanSpeedUp(result.models, engine);
    return [
      mean === undefined ? '–' : `${significant(mean)}×`,
      `${engine} over native, geometric mean of engine times`,
    ];
  });
  const measured = result.models.filter((row) => row.runs.length > 0 && row.runs.every((run) => run.ok)).length;
  const threads = result.threads ?? result.system?.threads;
  const all: [string, string][] = [
    ...factors,
    [`${measured} of ${result.models.length}`, 'models measured on every engine'],
    [threads === undefined ? '–' : String(threads), threads === 1 ? 'thread per inference' : 'threads per inference'],
  ];
  return `<div class="tiles">${all.map(([value, text]) => `<div class="tile"><b>${escapeHtml(value)}</b><span class="soft">${escapeHtml(text)}</span></div>`).join('')}</div>`;
}

function warnings(result: ReportResult): string {
  if (result.warnings.length === 0) return '';
  const items = result.warnings.map((text) => `<li>${escapeHtml(text)}</li>`).join('');
  return `<section class="warnings"><b>Read these figures with care</b><ul>${items}</ul></section>`;
}

function chartSection(result: ReportResult): string {
  const legend = result.engines
    .map((engine, i) => `<span><i class="e${i % 4}"></i>${escapeHtml(engine)}</span>`)
    .join('');
  const note = 'Mean engine time per model. Each model has a scale of its own; the slowest engine fills the width.';
  return section(
    'Native against engine',
    note,
    `<div class="legend">${legend}</div>${barChart(result.models, result.engines)}`,
  );
}

function facts(result: ReportResult): string {
  const { machine, system } = result;
  const versions = Object.entries(system?.versions ?? {}).map(([name, version]) => `${name} ${version}`);
  const quota = system === undefined ? '' : `, quota ${system.quota}`;
  const lines: [string, string][] = [
    ['rule', result.rule],
    ['native', 'the cpu engine’s own kernels operator by operator: plain layouts, nothing folded or fused'],
    [
      'processor',
      `${machine.cpu}, ${machine.logicalCpus} logical CPUs${quota}, governor ${machine.governor}, ${machine.memoryGiB} GiB`,
    ],
    ['instructions', system?.isa || 'unknown'],
    [
      'graphics',
      machine.gpus.length === 0 ? 'none' : `${machine.gpus.join(', ')}, driver ${machine.driver || 'unknown'}`,
    ],
    ['system', `${machine.os}, ${machine.kernel}`],
    ['software', [result.server, ...versions, `node ${machine.node}`].filter((text) => text !== '').join(', ')],
    ['load average', `${machine.load.join(' ')} before, ${result.loadAfter.join(' ')} after`],
    ['time', machine.time],
  ];
  return `<dl>${lines.map(([name, text]) => `<dt>${name}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl>`;
}

function day(time: string): string {
  return time.slice(0, 10);
}
