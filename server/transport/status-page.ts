// The page at /: models, versions, states and where the time goes. One self-contained document without scripts; it loads
// itself again every few seconds.

import type { BuildDetail } from '../inference/readiness.ts';
import { escapeHtml } from '../util/text.ts';
import type { StageMeans, StatusRow, StatusSnapshot } from './status-snapshot.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #667085; --line: #e4e7ec; --paper: #fbfcfd; --card: #fff;
  --ok: #0f9d6b; --busy: #2f6fed; --warn: #c98a00; --bad: #d3382f;
  --queue: #e0a93b; --gather: #7aa5d8; --compute: #2f6fed; --scatter: #8bc6b0; --protocol: #b9a5e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #98a2b3; --line: #2a313c; --paper: #0f1319; --card: #161b23; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2.5rem clamp(1rem, 5vw, 4rem); background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .4rem 1.2rem; margin-bottom: 1.6rem; }
h1 { font-size: 1.5rem; margin: 0; letter-spacing: -.02em; }
header span { color: var(--soft); }
.pill { display: inline-flex; align-items: center; gap: .45em; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.pill::before { content: ""; width: .6em; height: .6em; border-radius: 50%; background: currentColor; }
.ready { color: var(--ok); } .loading, .new { color: var(--busy); } .draining, .unloading { color: var(--warn); } .failed { color: var(--bad); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 44rem; }
th, td { padding: .7rem 1rem; text-align: right; border-top: 1px solid var(--line); vertical-align: middle; }
thead th { border-top: 0; font-size: .78rem; font-weight: 600; color: var(--soft); }
th:first-child, td:first-child, .left { text-align: left; }
td { font-variant-numeric: tabular-nums; }
td b { font-weight: 600; } td small { color: var(--soft); }
.why { color: var(--bad); font-size: .88rem; overflow-wrap: anywhere; max-width: 40rem; }
.bar { display: flex; height: .65rem; width: 100%; min-width: 11rem; border-radius: 4px; overflow: hidden; background: var(--line); }
.bar i { display: block; min-width: 1px; }
.queue { background: var(--queue); } .gather { background: var(--gather); } .compute { background: var(--compute); }
.scatter { background: var(--scatter); } .protocol { background: var(--protocol); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; margin: 1rem .2rem; color: var(--soft); font-size: .85rem; }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 3px; margin-right: .45em; vertical-align: -.05em; }
.empty { padding: 2.2rem; text-align: center; color: var(--soft); }
nav a { color: inherit; margin-right: 1.1rem; }
nav { margin-top: 1.2rem; color: var(--soft); font-size: .9rem; }`;

const STAGES: readonly (readonly [keyof Omit<StageMeans, 'totalUs'>, string, string])[] = [
  ['queueUs', 'queue', 'waiting in the queue'],
  ['gatherUs', 'gather', 'copying in'],
  ['computeUs', 'compute', 'computing'],
  ['scatterUs', 'scatter', 'copying out'],
  ['protocolUs', 'protocol', 'receiving, decoding, encoding'],
];

/** The whole document. */
export function statusPage(status: StatusSnapshot): string {
  const state = status.draining ? 'draining' : status.ready ? 'ready' : 'loading';
  const rows = status.rows.filter((row) => row.state !== 'gone');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>mindird: ${state}</title><style>${STYLE}
</style></head><body>
<header><h1>mindird</h1><span class="pill ${state}">${state}</span>
<span>version ${escapeHtml(status.serverVersion)}</span><span>up ${durationText(status.uptimeSeconds)}</span><span>${memoryText(status.memoryBytes)} in memory</span></header>
<div class="card">${rows.length === 0 ? '<p class="empty">No servables found in the repository.</p>' : table(rows)}</div>
${rows.some((row) => row.mean !== undefined) ? legend() : ''}
<nav><a href="metrics">metrics</a><a href="readyz">readiness</a><a href="status.json">this page as JSON</a></nav>
</body></html>
`;
}

function table(rows: readonly StatusRow[]): string {
  return `<table><thead><tr><th scope="col">Servable</th><th scope="col" class="left">State</th><th scope="col">Requests</th>
<th scope="col">Failed</th><th scope="col">Rows per run</th><th scope="col">Mean latency</th><th scope="col" class="left">Where it goes</th></tr></thead>
<tbody>${rows.map(rowHtml).join('\n')}</tbody></table>`;
}

function rowHtml(row: StatusRow): string {
  const path = `v2/models/${encodeURIComponent(row.name)}/versions/${encodeURIComponent(row.version)}/report`;
  const name = `<b>${escapeHtml(row.name)}</b> <small>${escapeHtml(row.version)}</small>`;
  const head = `<tr><td>${row.state === 'ready' ? `<a href="${escapeHtml(path)}" style="color:inherit">${name}</a>` : name}</td>
<td class="left"><span class="pill ${row.state}">${row.state}</span>${row.build === undefined ? '' : buildHtml(row.build)}</td>`;
  if (row.state !== 'ready') return `${head}<td colspan="5" class="left why">${escapeHtml(row.reason)}</td></tr>`;
  const cells = [
    count(row.requests),
    count(row.failures),
    row.rowsPerExecution === 0 ? '–' : row.rowsPerExecution.toFixed(2),
    row.mean === undefined ? '–' : latency(row.mean.totalUs),
  ];
  return `${head}${cells.map((cell) => `<td>${cell}</td>`).join('')}<td class="left">${row.mean === undefined ? '<small>no requests yet</small>' : bar(row.mean)}</td></tr>`;
}

/** "tensorrt 42 %: subgraph 1 of 3, Building Engine" */
function buildHtml({ engine, fraction, subgraph, subgraphs, step }: BuildDetail): string {
  const text = `${engine} ${Math.floor(100 * fraction)} %: subgraph ${subgraph} of ${subgraphs}, ${step}`;
  return `<br><small>building ${escapeHtml(text)}</small>`;
}

function bar(mean: StageMeans): string {
  const parts = STAGES.map(([key, name, text]) => {
    const share = mean.totalUs > 0 ? (100 * mean[key]) / mean.totalUs : 0;
    return `<i class="${name}" style="width:${Math.max(0, share).toFixed(2)}%" title="${text}: ${latency(mean[key])}"></i>`;
  });
  const spoken = STAGES.map(([key, , text]) => `${text} ${latency(mean[key])}`).join(', ');
  return `<span class="bar" role="img" aria-label="${spoken}">${parts.join('')}</span>`;
}

function legend(): string {
  return `<p class="legend">${STAGES.map(([, name, text]) => `<span><i class="${name}"></i>${text}</span>`).join('')}</p>`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function latency(us: number): string {
  if (us < 1000) return `${us.toFixed(us < 10 ? 1 : 0)} µs`;
  return us < 1e6 ? `${(us / 1000).toFixed(us < 1e4 ? 2 : 1)} ms` : `${(us / 1e6).toFixed(2)} s`;
}

function durationText(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

function memoryText(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(2)} GiB` : `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
