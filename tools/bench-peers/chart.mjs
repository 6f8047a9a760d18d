// The drawing of the page: latencies of a network side by side, each row with a scale of its own, and the time below which nobody can be.

import { digits, escapeHtml } from '../lib/page.mjs';
import { floor, msText, peers, titles } from './figures.mjs';

const kName = 178;
const kBars = 640;
const kBar = 13;
const kGap = 3;
const kRow = 3 * (kBar + kGap) + 20;
const kWidth = 1120;

/** The colours of the sides, as the classes of the page number them. */
export const sideClass = { engine: 0, served: 0, onnxruntime: 1, openvino: 2, native: 3 };

const number = (value) => value.toFixed(1);

const sizeText = ({ operations, bytes }) =>
  `${operations < 1e8 ? `${digits(operations / 1e6)} MFLOP` : `${digits(operations / 1e9)} GFLOP`}, ${digits(bytes / 1e6)} MB`;

/** Three bars of a cell: ours and the peers', with their spread, and the machine's floor as a line. */
function row(cell, top, { sides, limit, ratio }) {
  const scale = kBars / Math.max(...sides.map(([, side]) => side.max));
  const bars = sides.map(([name, { median, min, max }], i) => {
    const y = top + i * (kBar + kGap);
    const middle = y + kBar / 2;
    const [from, to] = [kName + min * scale, kName + max * scale];
    const title = `${titles[name]}: ${msText(median)} ms, rounds ${msText(min)} to ${msText(max)} ms`;
    return [
      `<rect class="f${sideClass[name]}" x="${kName}" y="${number(y)}" width="${number(Math.max(1, median * scale))}" height="${kBar}" rx="2"><title>${escapeHtml(title)}</title></rect>`,
      `<line class="range" x1="${number(from)}" x2="${number(to)}" y1="${number(middle)}" y2="${number(middle)}"/>`,
      `<text class="value" x="${number(Math.max(to, kName + median * scale) + 7)}" y="${number(y + kBar - 2)}">${msText(median)} ms</text>`,
    ].join('');
  });
  const bottom = top + 3 * (kBar + kGap) - kGap;
  const mark =
    limit === undefined || limit * scale > kBars
      ? ''
      : `<line class="floor" x1="${number(kName + limit * scale)}" x2="${number(kName + limit * scale)}" y1="${top - 3}" y2="${bottom + 3}"><title>at the machine's peaks: ${msText(limit)} ms</title></line>`;
  const state = cell.noise.length > 0 ? 'dull' : ratio.median <= 1 ? 'good' : 'bad';
  return `<text class="name" x="0" y="${top + 17}">${escapeHtml(cell.net)}</text><text class="small" x="0" y="${top + 35}">${sizeText(cell)}</text>
${bars.join('')}${mark}<text class="ratio ${state}" x="${kWidth - 110}" y="${top + 24}" text-anchor="end">${ratio.median.toFixed(2)}×</text><text class="small" x="${kWidth - 100}" y="${top + 17}">${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}</text><text class="small" x="${kWidth - 100}" y="${top + 33}">of ${ratio.peer === 'openvino' ? 'OpenVINO' : 'ONNX RT'}</text>`;
}

/** Bars of all networks at one number of threads; back to back, or as served beside paced peers. */
export function bars(cells, peaks, served) {
  const rows = cells.map((cell, i) => {
    const sides = ['engine', ...peers].map((name) => {
      const key = !served ? name : name === 'engine' ? 'served' : `${name}_paced`;
      return [name, cell.sides[key]];
    });
    return row(cell, 8 + i * kRow, { sides, limit: floor(cell, peaks), ratio: served ? cell.served : cell.ratio });
  });
  return `<svg viewBox="0 0 ${kWidth} ${cells.length * kRow + 4}" role="img" aria-label="latencies side by side">${rows.join('\n')}</svg>`;
}

const kRoof = { width: 560, height: 390, left: 62, right: 14, top: 14, bottom: 44 };

/** A roofline: rates of all networks above what each needs of arithmetic for a byte, below what the machine reaches. Both axes are logarithmic. */
export function roofline(cells, peaks) {
  const { width, height, left, right, top, bottom } = kRoof;
  const points = cells.flatMap((cell) =>
    ['engine', ...peers].map((name) => ({
      name,
      net: cell.net,
      at: cell.operations / cell.bytes,
      gflops: cell.operations / cell.sides[name].median / 1e6,
    })),
  );
  if (points.length === 0) return '';
  const low = { x: Math.min(...points.map((p) => p.at)) / 2, y: Math.min(...points.map((p) => p.gflops)) / 2 };
  const high = { x: Math.max(...points.map((p) => p.at), peaks.gflops / peaks.gbytes) * 2, y: peaks.gflops * 1.6 };
  const x = (value) => left + (Math.log(value / low.x) / Math.log(high.x / low.x)) * (width - left - right);
  const y = (value) => top + (1 - Math.log(value / low.y) / Math.log(high.y / low.y)) * (height - top - bottom);
  const roof = [
    [low.x, Math.max(low.y, low.x * peaks.gbytes)],
    [peaks.gflops / peaks.gbytes, peaks.gflops],
    [high.x, peaks.gflops],
  ];
  const path = roof.map(([a, b], i) => `${i === 0 ? 'M' : 'L'}${number(x(a))} ${number(y(b))}`).join('');
  const decades = (from, to) =>
    Array.from(
      { length: Math.ceil(Math.log10(to) - Math.log10(from)) + 1 },
      (_, i) => 10 ** (Math.ceil(Math.log10(from)) + i),
    ).filter((v) => v <= to);
  const grid = [
    ...decades(low.y, high.y).map(
      (v) =>
        `<line class="rule" x1="${left}" x2="${width - right}" y1="${number(y(v))}" y2="${number(y(v))}"/><text class="small" x="${left - 7}" y="${number(y(v) + 4)}" text-anchor="end">${v}</text>`,
    ),
    ...decades(low.x, high.x).map(
      (v) =>
        `<line class="rule" x1="${number(x(v))}" x2="${number(x(v))}" y1="${top}" y2="${height - bottom}"/><text class="small" x="${number(x(v))}" y="${height - bottom + 17}" text-anchor="middle">${v}</text>`,
    ),
  ];
  const dots = points
    .reverse()
    .map(
      ({ name, net, at, gflops }) =>
        `<circle class="f${sideClass[name]}" cx="${number(x(at))}" cy="${number(y(gflops))}" r="${name === 'engine' ? 5 : 4}"><title>${escapeHtml(net)}, ${titles[name]}: ${digits(gflops)} GFLOP/s</title></circle>`,
    );
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="roofline">${grid.join('')}<path class="roof" d="${path}"/>${dots.join('')}<text class="small" x="${width - right}" y="${height - 6}" text-anchor="end">operations for each byte</text><text class="small" x="${left}" y="${top - 3}">GFLOP/s</text></svg>`;
}
