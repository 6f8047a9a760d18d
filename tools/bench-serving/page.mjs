// The result as one page of HTML that needs nothing from elsewhere.

import { digits, escapeHtml, htmlPage, machineText, noiseBox } from '../lib/page.mjs';
import { curves, stageColours, waterfalls } from './chart.mjs';
import { sizes } from './servers.mjs';
import { disturbed } from './table.mjs';

const legend = (names) =>
  `<p class="legend">${names.map((name, i) => `<span><i class="f${i % 4}"></i>${escapeHtml(name)}</span>`).join('')}</p>`;

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
  return htmlPage(
    'Servers side by side',
    '',
    `<p class="soft">Identity models, one client on gRPC’s C core; server and client on a core each, ${rounds} interleaved rounds of ${seconds} s. ${escapeHtml(machineText(machine))}.</p>
${noiseBox(disturbed(result))}${tiles(result)}
${result.sizes.map((size) => curveSection(result, size)).join('\n')}
<section><h2>Where the time of a request goes</h2><p class="soft">mindird’s stages at one in flight; outside is the client, the network and what the server cannot see; each row has a scale of its own</p>${stageLegend(falls)}<div class="scroll">${waterfalls(falls)}</div></section>
${startTable(result)}
${figureTable(result)}`,
  );
}
