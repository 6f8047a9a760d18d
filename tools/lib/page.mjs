// What the pages of measurements share: a look for light and dark that needs nothing from elsewhere, numbers, and tables between markers of README.md.

const kStyle = `
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

/** Text inside HTML. */
export const escapeHtml = (text) =>
  String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Three significant digits, without an exponent. */
export function digits(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A text with what stands between the markers of a table replaced by lines; undefined where they are missing. */
export function withTable(text, name, lines) {
  const [begin, end] = [`<!-- table:${name} -->`, `<!-- /table:${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return undefined;
  return `${text.slice(0, from + begin.length)}\n${lines.join('\n')}\n${text.slice(to)}`;
}

/** Where a measurement was made, in words. */
export const machineText = ({ cpu, cores, kernel, commit, date, load }) =>
  `${cpu}, ${cores} cores, Linux ${kernel}, commit ${commit}, ${date.slice(0, 16).replace('T', ' ')} UTC, load ${load.join(' ')}`;

/** A box that says why nothing is concluded; empty without reasons. */
export function noiseBox(reasons) {
  if (reasons.length === 0) return '';
  const list = reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join('');
  return `<section class="noise"><h2>No conclusion</h2><details><summary>The machine was not quiet: ${reasons.length} measurements were disturbed.</summary><ul>${list}</ul></details></section>`;
}

/** The page around its sections; `style` adds to what all have. */
export const htmlPage = (title, style, body) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${kStyle}${style}</style></head><body><main>
<h1>${escapeHtml(title)}</h1>
${body}
</main></body></html>
`;
