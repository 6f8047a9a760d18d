// The drawings of the page, as SVG: percentile curves of the servers, and where the time of a request goes.

import { escapeHtml } from '../lib/page.mjs';

const kWidth = 560;
const kHeight = 250;
const kLeft = 64;
const kRight = 10;
const kTop = 12;
const kBottom = 36;
const kMarks = [50, 90, 99, 99.9];

/** Colours of the stages, in the order of a request; what is outside the server is grey. */
export const stageColours = {
  receive: '#3f6fb5',
  decode: '#7a5cc9',
  queue: '#b08a2e',
  copy: '#4b93a8',
  compute: '#0d8f83',
  encode: '#5f8f3e',
  send: '#b55d87',
  outside: '#8d96a3',
};

/** Where a percentile stands from left to right: each nine has the same room. */
const nines = (p) => -Math.log10(1 - Math.min(p, 99.9) / 100);

function ticks(low, high) {
  const out = [];
  for (let decade = 10 ** Math.floor(Math.log10(low)); decade <= high; decade *= 10)
    for (const step of [1, 2, 5]) if (decade * step >= low && decade * step <= high) out.push(decade * step);
  return out;
}

const short = (ms) => (ms >= 1 ? String(Number(ms.toPrecision(2))) : ms.toFixed(ms < 0.1 ? 2 : 1));

/** Curves of {name: [[percentile, ms], …]}: latency upwards (logarithmic), percentiles to the right. */
export function curves(byServer, title) {
  const points = Object.values(byServer).flat();
  const values = points.map(([, ms]) => ms).filter((ms) => ms > 0);
  if (values.length === 0) return '';
  const [low, high] = [Math.min(...values) / 1.15, Math.max(...values) * 1.15];
  const x = (p) => kLeft + (nines(p) / nines(99.9)) * (kWidth - kLeft - kRight);
  const y = (ms) => kTop + (1 - Math.log(ms / low) / Math.log(high / low)) * (kHeight - kTop - kBottom);
  const grid = ticks(low, high).map(
    (ms) =>
      `<line class="rule" x1="${kLeft}" x2="${kWidth - kRight}" y1="${y(ms).toFixed(1)}" y2="${y(ms).toFixed(1)}"/><text class="small" x="${kLeft - 7}" y="${(y(ms) + 4).toFixed(1)}" text-anchor="end">${short(ms)}</text>`,
  );
  const marks = kMarks.map(
    (p) =>
      `<line class="rule" x1="${x(p).toFixed(1)}" x2="${x(p).toFixed(1)}" y1="${kTop}" y2="${kHeight - kBottom}"/><text class="small" x="${x(p).toFixed(1)}" y="${kHeight - 8}" text-anchor="${p === 99.9 ? 'end' : 'middle'}">p${p}</text>`,
  );
  const lines = Object.entries(byServer).map(([name, each], i) => {
    const path = each.map(([p, ms], at) => `${at === 0 ? 'M' : 'L'}${x(p).toFixed(1)} ${y(ms).toFixed(1)}`).join('');
    const dots = each
      .filter(([p]) => kMarks.includes(p))
      .map(
        ([p, ms]) =>
          `<circle class="f${i % 4}" cx="${x(p).toFixed(1)}" cy="${y(ms).toFixed(1)}" r="3.5"><title>${escapeHtml(name)} p${p}: ${short(ms)} ms</title></circle>`,
      );
    return `<path class="s${i % 4}" d="${path}"/>${dots.join('')}`;
  });
  return `<svg viewBox="0 0 ${kWidth} ${kHeight}" role="img" aria-label="${escapeHtml(title)}">${grid.join('')}${marks.join('')}${lines.reverse().join('')}</svg>`;
}

/** One row of blocks for each size: [label, {stage: ms}]; each row has a scale of its own. */
export function waterfalls(rows) {
  const [left, width, height, step] = [70, 1130, 26, 58];
  const shapes = rows.map(([label, stages], row) => {
    const total = Object.values(stages).reduce((a, b) => a + b, 0);
    const top = row * step + 6;
    let at = left;
    const blocks = Object.entries(stages).map(([stage, ms]) => {
      const room = total > 0 ? (ms / total) * (width - left - 90) : 0;
      const text =
        room > 62
          ? `<text class="in" x="${(at + room / 2).toFixed(1)}" y="${top + 17}" text-anchor="middle">${escapeHtml(stage)} ${short(ms)}</text>`
          : '';
      const block = `<rect fill="${stageColours[stage] ?? stageColours.outside}" x="${at.toFixed(1)}" y="${top}" width="${Math.max(0.5, room - 1).toFixed(1)}" height="${height}" rx="2"><title>${escapeHtml(stage)}: ${ms.toFixed(3)} ms</title></rect>${text}`;
      at += room;
      return block;
    });
    return `<text class="name" x="0" y="${top + 17}">${escapeHtml(label)}</text>${blocks.join('')}<text x="${(at + 8).toFixed(1)}" y="${top + 17}">${short(total)} ms</text>`;
  });
  return `<svg viewBox="0 0 ${width} ${rows.length * step}" role="img" aria-label="stages of a request">${shapes.join('')}</svg>`;
}
