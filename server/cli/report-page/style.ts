// The page's style sheet: one file, no network, light and dark after the reader's setting.

/** CSS of the report page; engine colours are the classes e0 (native), e1, e2, e3. */
export const style = `
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --ink: #16191d; --soft: #5c6570; --line: #e3e6ea;
  --e0: #a9b2bd; --e1: #0d8f83; --e2: #d9772b; --e3: #7a5cc9; --warn: #9a5b00; --warnground: #fff4df; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #101317; --card: #181c22; --ink: #e8ebee; --soft: #98a2ad; --line: #2a3037;
  --e0: #5d6772; --e1: #2fc0b1; --e2: #f09a52; --e3: #a68cf0; --warn: #f0be6b; --warnground: #2c2412; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 40px 24px 64px; }
h1 { font-size: 28px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 0 0 4px; }
p { margin: 0; } .soft { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 16px; margin: 28px 0; }
.tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.tile { padding: 16px 20px; } .tile b { display: block; font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
section { padding: 24px; margin-top: 20px; }
.legend { display: flex; gap: 20px; margin: 10px 0 16px; color: var(--soft); font-size: 13px; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 7px; vertical-align: -1px; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--ink); font: 13px system-ui, "DejaVu Sans", sans-serif; }
svg .name { font-weight: 600; } svg .small { fill: var(--soft); font-size: 11.5px; } svg .factor { font-size: 17px; font-weight: 700; }
svg .bad { fill: var(--bad); } svg .rule { stroke: var(--line); }
.e0 { fill: var(--e0); background: var(--e0); } .e1 { fill: var(--e1); background: var(--e1); }
.e2 { fill: var(--e2); background: var(--e2); } .e3 { fill: var(--e3); background: var(--e3); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 12.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 7px; text-align: right; border-top: 1px solid var(--line); white-space: nowrap; vertical-align: middle; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; } th:first-child, td:first-child, .left { text-align: left; }
tbody tr.first td { border-top: 2px solid var(--line); }
.strip { width: 190px; } .strip circle.skipped { fill: none; stroke: var(--soft); } .mark { stroke: var(--ink); }
details { margin-top: 16px; } summary { cursor: pointer; color: var(--soft); }
.warnings { background: var(--warnground); border-color: var(--warn); color: var(--warn); } .warnings ul { margin: 4px 0 0; padding-left: 20px; }
.failed { color: var(--bad); white-space: normal; text-align: left; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 24px; margin: 8px 0 0; } dt { color: var(--soft); } dd { margin: 0; }
@media print { body { background: #fff; } section { break-inside: avoid; } }
`;
