// The result as one page of HTML that needs nothing from elsewhere.

import { curves, escapeHtml, stageColours, waterfalls } from './chart.mjs';
import { sizes } from './servers.mjs';
import { digits, disturbed } from './table.mjs';

const style = `
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --ink: #16191d; --soft: #5c6570; --line: #e6e9ed; --warn: #9a5b00; --warnground: #fff4df;
  --c0: #0d8f83; --c1: #d9772b; --c2: #7a5cc9; --c3: #5c6570; --good: #0b7d5c; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #101317; --card: #181c22; --ink: #e8ebee; --soft: #98a2ad; --line: #2a3037; --warn: #f0be6b; --warnground: #2c2412;
  --c0: #2fc0b1; --c1: #f09a52; --c2: #a68cf0; --c3: #98a2ad; --good: #4bd0a0; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1240px; margin: 0 auto; padding: 40px 24px 64px; }
h1 { font-size: 28px; letter-spacing: -0.02em; line-height: 1.2; margin: 0 0 4px; } h2 { font-size: 18px; margin: 0 0 2px; } h3 { font-size: 14px; margin: 0 0 8px; font-weight: 600; }
p { margin: 0; } .soft, small { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: 16px; margin: 26px 0 4px; } @media (max-width: 640px) { .tiles { grid-template-columns: 1fr; } }
.tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.tile { padding: 16px 20px; } .tile b { display: block; font-size: 30px; line-height: 1.25; letter-spacing: -0.02em; } .good { color: var(--good); } .bad { color: var(--bad); }
section { padding: 22px 24px; margin-top: 20px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 22px; margin-top: 14px; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 20px; color: var(--soft); font-size: 13px; margin-top: 8px; } .legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 7px; vertical-align: -1px; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--ink); font: 13px system-ui, "DejaVu Sans", sans-serif; } svg .small { fill: var(--soft); font-size: 17px; } svg .name { font-weight: 600; }
svg .in { fill: #fff; font-size: 12px; } svg .rule { stroke: var(--line); } path { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
${[0, 1, 2, 3].map((i) => `.s${i} { stroke: var(--c${i}); } .f${i} { fill: var(--c${i}); background: var(--c${i}); }`).join(' ')}
.dull b { color: var(--soft); }
.scroll { overflow-x: auto; margin-top: 12px; } table { border-collapse: collapse; width: 100%; font-size: 13.5px; } th, td { padding: 7px 10px; text-align: right; border-top: 1px solid var(--line); white-space: nowrap; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; } th:first-child, td:first-child { text-align: left; } tr.first td { border-top: 2px solid var(--line); }
.noise { background: var(--warnground); border-color: var(--warn); color: var(--warn); } .noise ul { margin: 4px 0 0; padding-left: 20px; } details summary { cursor: pointer; }
@media print { body { background: #fff; } section { break-inside: avoid; } }`;

const legend = (names) =>
  `<p class="legend">${names.map((name, i) => `<span><i class="f${i % 4}"></i>${escapeHtml(name)}</span>`).join('')}</p>`;

function noiseBox(result) {
  const reasons = disturbed(result);
  if (reasons.length === 0) return '';
  const list = reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join('');
  return `<section class="noise"><h2>No conclusion</h2><details><summary>The machine was not quiet: ${reasons.length} measurements were disturbed.</summary><ul>${list}</ul></details></section>`;
}

function stageLegend(falls) {
  const stages = Object.keys(stageColours).filter((stage) => falls.some(([, fall]) => stage in fall));
  return `<p class="legend">${stages.map((stage) => `<span><i style="background:${stageColours[stage]}"></i>${stage}</span>`).join('')}</p>`;
}

/** Ratios to the first other server, one tile a size. */
function tiles(result) {
  const { cells, servers, sizes: chosen } = result;
  const dull = disturbed(result).length > 0;
  const [, peer] = servers;
  if (peer === undefined) return '';
  const tile = (size, key, title) => {
    const { median, min, max } = cells[`${size}@1`][peer].ratio[key];
    return `<div class="tile${dull ? ' dull' : ''}"><span class="soft">${title}, ${sizes[size].label}</span><b class="${dull ? '' : median <= 1 ? 'good' : 'bad'}">${median.toFixed(2)}×</b><small>of ${escapeHtml(peer)}; ${min.toFixed(2)} to ${max.toFixed(2)}</small></div>`;
  };
  return `<div class="tiles">${chosen.map((size) => tile(size, 'p50', 'p50')).join('')}${chosen.map((size) => tile(size, 'cpu_ms', 'CPU per call')).join('')}</div>`;
}

const loadTitle = (load) => (load === 'open' ? 'open loop, half of the slowest’s rate' : `${load} in flight`);

function curveSection({ cells, servers, loads }, size) {
  const charts = loads.map((load) => {
    const cell = cells[`${size}@${load}`];
    const byServer = Object.fromEntries(servers.map((name) => [name, cell[name].curve]));
    return `<div><h3>${loadTitle(load)}</h3>${curves(byServer, `${sizes[size].label}, ${loadTitle(load)}`)}</div>`;
  });
  return `<section><h2>${sizes[size].label}</h2><p class="soft">request and reply of that size; milliseconds by percentile</p>${legend(servers)}<div class="pair">${charts.join('')}</div></section>`;
}

function figureTable({ cells, servers, sizes: chosen, loads }) {
  const head = [
    '',
    'load',
    'requests',
    'p50 ms',
    'p90',
    'p99',
    'calls/s',
    'CPU ms',
    'p50 ratio',
    'p99 ratio',
    'CPU ratio',
    'calls/s ratio',
  ];
  const ratios = (cell) =>
    ['p50', 'p99', 'cpu_ms', 'rate'].map((key) =>
      cell.ratio === undefined
        ? ''
        : `${cell.ratio[key].median.toFixed(2)} <small>${cell.ratio[key].min.toFixed(2)}–${cell.ratio[key].max.toFixed(2)}</small>`,
    );
  const rows = chosen.flatMap((size) =>
    loads.flatMap((load) =>
      servers.map((name, i) => {
        const cell = cells[`${size}@${load}`][name];
        const figures = [cell.n, cell.pooled.p50, cell.pooled.p90, cell.pooled.p99, cell.rate, cell.cpu_ms].map(
          (value, at) => (at === 0 ? String(value) : digits(value)),
        );
        const tds = [
          escapeHtml(name) + (cell.noise.length > 0 ? ' <small>disturbed</small>' : ''),
          `${sizes[size].label} @ ${load}`,
          ...figures,
          ...ratios(cell),
        ];
        return `<tr${i === 0 ? ' class="first"' : ''}>${tds.map((text) => `<td>${text}</td>`).join('')}</tr>`;
      }),
    ),
  );
  return `<section><h2>Figures</h2><p class="soft">medians over rounds, percentiles over all requests; ratios are mindird to that server, taken within rounds, with the least and the greatest</p><div class="scroll"><table><thead><tr>${head.map((text) => `<th>${text}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function startTable({ starts, servers }) {
  const columns = [
    ['start to READY, s', 'ready_s'],
    ['CPU until READY, s', 'ready_cpu_s'],
    ['first request, ms', 'first_ms'],
    ['mean of the next 100', 'early_ms'],
    ['resident MiB', 'resident_mib'],
    ['CPU when idle, %', 'idle_percent'],
  ];
  const rows = servers.map(
    (name) =>
      `<tr><td>${escapeHtml(name)}</td>${columns.map(([, key]) => `<td>${digits(starts[name]?.[key])}</td>`).join('')}</tr>`,
  );
  return `<section><h2>Starting and resting</h2><p class="soft">with all the models, caches filled</p><div class="scroll"><table><thead><tr><th></th>${columns.map(([title]) => `<th>${title}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

/** The whole page of a result of tools/bench-serving.mjs. */
export function page(result) {
  const { machine, rounds, seconds, stages } = result;
  const falls = result.sizes
    .filter((size) => stages[size] !== undefined)
    .map((size) => [sizes[size].label, stages[size]]);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Servers side by side</title><style>${style}</style></head><body><main>
<h1>Servers side by side</h1>
<p class="soft">Identity models, one client on gRPC’s C core; server and client on a core each, ${rounds} interleaved rounds of ${seconds} s. ${escapeHtml(machine.cpu)}, ${machine.cores} cores, Linux ${escapeHtml(machine.kernel)}, commit ${escapeHtml(machine.commit)}, ${machine.date.slice(0, 16).replace('T', ' ')} UTC, load ${machine.load.join(' ')}.</p>
${noiseBox(result)}${tiles(result)}
${result.sizes.map((size) => curveSection(result, size)).join('\n')}
<section><h2>Where the time of a request goes</h2><p class="soft">mindird’s stages at one in flight; outside is the client, the network and what the server cannot see; each row has a scale of its own</p>${stageLegend(falls)}<div class="scroll">${waterfalls(falls)}</div></section>
${startTable(result)}
${figureTable(result)}
</main></body></html>
`;
}
