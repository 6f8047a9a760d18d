// How the status page looks.

export const style: string = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #667085; --line: #e4e7ec; --paper: #f6f7f9; --card: #fff; --track: #eef0f4;
  --ok: #0f9d6b; --busy: #2f6fed; --warn: #c98a00; --bad: #d3382f;
  --receive: #8f86b8; --send: #b06f8d; --decode: #b9a5e0; --queue: #e0a93b; --gather: #7aa5d8; --compute: #2f6fed; --scatter: #8bc6b0; --encode: #d8a0bd;
  --e0: #2f6fed; --e1: #0f9d6b; --e2: #e0793b; --e3: #9a6fd0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #98a2b3; --line: #2a313c; --paper: #0f1319; --card: #161b23; --track: #222a35; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 2rem clamp(1rem, 4vw, 3rem); background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .4rem 1.3rem; margin-bottom: 1.4rem; }
h1 { font-size: 1.5rem; margin: 0; letter-spacing: -.02em; } h2 { font-size: 1.1rem; margin: 0; } h3 { font-size: .8rem; margin: 0 0 .4rem; color: var(--soft); font-weight: 600; }
header span, .soft { color: var(--soft); } small { color: var(--soft); }
.pill { display: inline-flex; align-items: center; gap: .45em; font-size: .85rem; font-weight: 600; white-space: nowrap; color: var(--soft); }
.pill::before { content: ""; width: .6em; height: .6em; border-radius: 50%; background: currentColor; }
header .ready, .ready { color: var(--ok); } header .loading, .loading, .new { color: var(--busy); } header .draining, .draining, .unloading { color: var(--warn); }
header .failed, .failed { color: var(--bad); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.3rem; margin-bottom: 1rem; overflow-x: auto; }
.title { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: .6rem 2rem; }
.slo { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .9rem; font-size: .85rem; }
.budget { width: 9rem; height: .6rem; border-radius: 4px; background: var(--track); overflow: hidden; } .budget i { display: block; height: 100%; background: var(--ok); }
.budget.low i { background: var(--warn); } .budget.out { background: color-mix(in srgb, var(--bad) 30%, transparent); }
.chip { padding: .05rem .5rem; border-radius: 6px; background: var(--track); white-space: nowrap; } .chip b { font-weight: 600; }
.chip.warm { background: color-mix(in srgb, var(--warn) 22%, transparent); } .chip.hot { background: color-mix(in srgb, var(--bad) 22%, transparent); }
.chip.cold { color: var(--soft); }
.percentiles { display: flex; gap: 1.2rem; font-size: .82rem; color: var(--soft); } .percentiles b { color: var(--ink); }
.version { display: grid; grid-template-columns: minmax(8rem, 1fr) 8rem minmax(15rem, 2.2fr) minmax(15rem, 2.2fr); gap: .4rem 1.4rem; align-items: center;
  padding: .8rem 0 .5rem; border-top: 1px solid var(--line); margin-top: .8rem; }
@media (max-width: 60rem) { .version { grid-template-columns: 1fr 1fr; } }
.why { color: var(--bad); font-size: .88rem; overflow-wrap: anywhere; grid-column: 2 / -1; }
button { font: inherit; font-size: .85rem; color: var(--soft); background: none; border: 1px solid var(--line); border-radius: 6px; padding: 0 .5rem; cursor: pointer; }
button:hover, button[aria-pressed=true], button[aria-expanded=true] { color: var(--ink); border-color: var(--soft); }
svg { display: block; width: 100%; height: 2.6rem; overflow: visible; } svg text { fill: var(--soft); font-size: 11px; } svg .num { fill: var(--ink); font-weight: 600; }
svg .axis { stroke: var(--line); } svg .body { fill: var(--busy); opacity: .25; } svg .tick { stroke: var(--busy); stroke-width: 3; stroke-linecap: round; }
svg .objective { stroke: var(--bad); stroke-dasharray: 3 3; } svg .spark { fill: none; stroke: var(--busy); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.spark svg { height: 1.6rem; }
.fall { display: grid; gap: 2px; } .fall div { display: grid; grid-template-columns: 4.6rem 1fr 4.4rem; gap: .5rem; align-items: center; font-size: .78rem; line-height: 1.15; }
.fall span:last-child { text-align: right; } .fall .run { position: relative; height: .5rem; background: var(--track); border-radius: 3px; }
.fall .run i { position: absolute; top: 0; bottom: 0; min-width: 2px; border-radius: 3px; }
.receive { background: var(--receive); } .send { background: var(--send); } .decode { background: var(--decode); } .queue { background: var(--queue); } .gather { background: var(--gather); } .compute { background: var(--compute); }
.scatter { background: var(--scatter); } .encode { background: var(--encode); }
.bar { display: flex; height: .6rem; min-width: 10rem; border-radius: 4px; overflow: hidden; background: var(--track); } .bar i { display: block; }
.progress { height: .5rem; border-radius: 4px; background: var(--track); overflow: hidden; } .progress i { display: block; height: 100%; background: var(--busy); }
table { border-collapse: collapse; width: 100%; } th, td { padding: .35rem .8rem; text-align: left; border-top: 1px solid var(--line); } th { border-top: 0; font-size: .78rem; color: var(--soft); font-weight: 600; }
td.num, th.num { text-align: right; white-space: nowrap; } .percentiles span { white-space: nowrap; }
.waves { display: flex; flex-wrap: wrap; align-items: stretch; gap: .5rem; margin: .5rem 0; } .waves .arrow { align-self: center; color: var(--soft); }
.wave { border: 1px solid var(--line); border-top: 4px solid var(--e0); border-radius: 8px; padding: .4rem .7rem; font-size: .82rem; flex: 1 1 16rem; }
.wave b { display: block; } .wave ol { margin: .3rem 0 0; padding-left: 1.2rem; max-height: 12rem; overflow: auto; overflow-wrap: anywhere; color: var(--soft); }
.nodes { display: flex; flex-wrap: wrap; gap: 2px; margin: .5rem 0; } .nodes button { width: .95rem; height: .95rem; padding: 0; border-radius: 3px; border: 0; }
.e0 { border-top-color: var(--e0); } .e1 { border-top-color: var(--e1); } .e2 { border-top-color: var(--e2); } .e3 { border-top-color: var(--e3); }
.nodes .e0, i.e0 { background: var(--e0); } .nodes .e1, i.e1 { background: var(--e1); } .nodes .e2, i.e2 { background: var(--e2); } .nodes .e3, i.e3 { background: var(--e3); }
.nodes .refused { outline: 2px solid var(--warn); outline-offset: -2px; } .nodes button[aria-pressed=true] { outline: 2px solid var(--ink); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .82rem; color: var(--soft); } .legend i { display: inline-block; width: .75em; height: .75em; border-radius: 3px; margin-right: .4em; }
.told { min-height: 1.5em; font-size: .85rem; overflow-wrap: anywhere; }
.empty { padding: 2rem; text-align: center; color: var(--soft); } .lost { color: var(--bad); }
nav a { color: var(--soft); margin-right: 1.1rem; font-size: .9rem; }`;
