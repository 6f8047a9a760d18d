// The result as one page of HTML that needs nothing from elsewhere.

import { digits, escapeHtml, htmlPage, machineText, noiseBox } from '../lib/page.mjs';
import { bars, roofline, sideClass } from './chart.mjs';
import { disturbed, msText, peers, rates, threadText, titles } from './figures.mjs';
import { means } from './table.mjs';

const kStyle = `
.tiles { grid-template-columns: repeat(4, 1fr); } @media (max-width: 900px) { .tiles { grid-template-columns: 1fr 1fr; } }
svg .small { font-size: 11.5px; } svg .value { font-size: 12px; fill: var(--soft); paint-order: stroke; stroke: var(--card); stroke-width: 3px; } svg .ratio { font-size: 20px; font-weight: 600; letter-spacing: -0.02em; }
svg .good { fill: var(--good); } svg .bad { fill: var(--bad); } svg .dull { fill: var(--soft); }
svg .range { stroke: var(--ink); stroke-width: 1.5; opacity: 0.55; } svg .floor { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 3 3; } svg .roof { stroke: var(--soft); stroke-width: 2; }
.pair table { font-size: 13px; } .pair td, .pair th { padding: 4px 8px; } td.good { color: var(--good); } td.bad { color: var(--bad); }`;

const kSides = ['engine', ...peers]
  .map((name) => `<span><i class="f${sideClass[name]}"></i>${titles[name]}</span>`)
  .join('');
const legend = `<p class="legend">${kSides}<span>thin line: least to greatest of the rounds</span><span>dashed: the time at the machine’s peaks</span></p>`;

/** Geometric means, two tiles a number of threads. */
function tiles(result) {
  const dull = disturbed(result).length > 0;
  const tile = (title, value, text) =>
    `<div class="tile${dull ? ' dull' : ''}"><span class="soft">${title}</span><b class="${dull ? '' : value <= 1 ? 'good' : 'bad'}">${value.toFixed(2)}×</b><small>${text}</small></div>`;
  const each = Object.entries(means(result)).flatMap(([threads, { ratio, served }]) => [
    tile(`${threadText(threads)}, back to back`, ratio, 'of the better peer’s time, geometric mean'),
    tile(`${threadText(threads)}, as served`, served, 'of peers with the same pauses'),
  ]);
  return `<div class="tiles">${each.join('')}</div>`;
}

function threadSections(result, threads) {
  const cells = result.cells.filter((cell) => cell.threads === threads);
  const peaks = result.peaks[threads];
  const reach = `${digits(peaks.gflops)} GFLOP/s on registers, ${digits(peaks.gbytes)} GB/s from memory`;
  return `<section><h2>${threadText(threads)}, back to back</h2><p class="soft">the engine alone, one run after another; each network has a scale of its own; the ratio is to the better peer, taken within rounds</p>${legend}<div class="scroll">${bars(cells, peaks, false)}</div></section>
<section><h2>${threadText(threads)}, as served</h2><p class="soft">compute time inside the real server; peers with the same pauses between their runs</p>${legend}<div class="scroll">${bars(cells, peaks, true)}</div></section>
<section><h2>${threadText(threads)}, rates</h2><p class="soft">the machine reaches ${reach}, measured in the same run: the grey roof. What lies in the caches may be above its slope, and what needs fewer operations than the definition (Winograd) above its top. Below each rate: bytes, and the share of the nearer peak.</p><p class="legend">${kSides}</p><div class="pair"><div>${roofline(cells, peaks)}</div><div class="scroll">${rateTable(cells, peaks)}</div></div></section>`;
}

function rateTable(cells, peaks) {
  const rows = cells.map((cell) => {
    const tds = ['engine', ...peers].map((name) => {
      const { gflops, gbytes, share } = rates(cell, cell.sides[name].median, peaks);
      return `<td>${digits(gflops)}<br><small>${digits(gbytes)} GB/s · ${Math.round(100 * share)} %</small></td>`;
    });
    return `<tr><td>${escapeHtml(cell.net)}</td>${tds.join('')}</tr>`;
  });
  const heads = ['engine', ...peers].map((name) => `<th>${titles[name]}</th>`);
  return `<table><thead><tr><th>GFLOP/s</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const range = ({ median, min, max }) => `${median.toFixed(2)} <small>${min.toFixed(2)}–${max.toFixed(2)}</small>`;

function figureTable({ cells }) {
  const columns = ['native', 'engine', ...peers, 'served', 'onnxruntime_paced', 'openvino_paced'];
  const heads = ['native', 'mindird', 'ONNX Runtime', 'OpenVINO', 'served', 'ONNX Runtime, paced', 'OpenVINO, paced'];
  const rows = cells.map((cell, i) => {
    const cls = (ratio) => (cell.noise.length > 0 ? '' : ratio.median <= 1 ? 'good' : 'bad');
    const first = i > 0 && cells[i - 1].threads !== cell.threads ? ' class="first"' : '';
    const name = escapeHtml(cell.net) + (cell.noise.length > 0 ? ' <small>disturbed</small>' : '');
    return `<tr${first}><td>${name}</td><td>${cell.threads}</td>${columns.map((key) => `<td>${msText(cell.sides[key].median)}</td>`).join('')}<td class="${cls(cell.ratio)}">${range(cell.ratio)}</td><td class="${cls(cell.served)}">${range(cell.served)}</td><td>${msText(cell.wire)}</td></tr>`;
  });
  return `<section><h2>Figures</h2><p class="soft">milliseconds, medians over rounds; native is the engine operator by operator, nothing folded or fused; client is the whole request as a client of gRPC sees it</p><div class="scroll"><table><thead><tr><th></th><th>threads</th>${heads.map((text) => `<th>${text}</th>`).join('')}<th>ratio</th><th>served ratio</th><th>client</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

/** The whole page of a result of tools/bench-peers.mjs. */
export function page(result) {
  const versions = Object.entries(result.versions).map(([name, version]) => `${titles[name]} ${version}`);
  return htmlPage(
    'The engine beside its peers',
    kStyle,
    `<p class="soft">Full-size networks, one request at a time, f32; all sides on the same pinned cores in turn, ${result.rounds} rounds of ${result.seconds} s. ${escapeHtml(versions.join(', '))}. ${escapeHtml(machineText(result.machine))}.</p>
${noiseBox(disturbed(result))}${tiles(result)}
${result.threads.map((threads) => threadSections(result, threads)).join('\n')}
${figureTable(result)}`,
  );
}
