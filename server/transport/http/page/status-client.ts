// The status page's script: asks /status.json and draws it. It runs in the browser and imports nothing. All text goes through
// textContent, so that no name becomes markup.

import type { SloView } from '../slo-view.ts';
import type { RecentFigures, ServableFigures, SlowFigures, StatusView, VersionFigures } from '../status-view.ts';

/** What this script uses of the browser; the types of a whole browser would hold for the server, too. */
interface PageNode {
  readonly style: Record<string, string>;
  append(...children: readonly (PageNode | string)[]): void;
  replaceChildren(...children: readonly (PageNode | string)[]): void;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  addEventListener(event: 'click', listener: () => void): void;
  focus(): void;
}

declare const document: {
  title: string;
  readonly hidden: boolean;
  readonly activeElement: PageNode | null;
  createElement(tag: string): PageNode;
  createElementNS(namespace: string, tag: string): PageNode;
  getElementById(id: string): PageNode | null;
  querySelectorAll(selector: string): Iterable<PageNode>;
};
declare const location: { hash: string };
declare function addEventListener(event: 'hashchange', listener: () => void): void;

type Child = PageNode | string | undefined;
type Attributes = Readonly<Record<string, string>>;

const everyMs = 2000;
/** Points of a sparkline: the last minutes of the page. */
const longestHistory = 150;
const stages = ['receive', 'decode', 'queue', 'gather', 'compute', 'scatter', 'encode', 'send'] as const;
const engineColours = 4;
/** More would be slow to draw, and nobody reads them. */
const mostServables = 200;

interface PlanNode {
  readonly node: string;
  readonly op: string;
  readonly engine: string;
  readonly refused: readonly { readonly engine: string; readonly why: string }[];
}

interface Partition {
  readonly engine: string;
  readonly nodes?: number;
  readonly build_us?: number;
  readonly cache?: { readonly result?: string };
  readonly precision?: { readonly used?: string };
  readonly fallback?: { readonly from?: string; readonly why?: string };
  readonly steps?: readonly string[];
}

interface Plan {
  readonly shapes?: string;
  readonly rows?: number;
  readonly nodes?: readonly PlanNode[];
  readonly partitions?: readonly Partition[];
}

interface Report {
  /** Bytes by kind. */
  readonly memory?: Readonly<Record<string, number>>;
  readonly native?: { readonly plans?: readonly (Plan & { readonly plan?: Plan })[] };
}

/** What the page remembers between two looks, by `name/version`. */
const histories = new Map<string, { total: number; at: number; rates: number[]; p99: number[] }>();
const reports = new Map<string, Report | string>();
const chosen = new Map<string, { plan: number; node: number }>();
let open = decodeURIComponent(location.hash.slice(1));
let last: StatusView | undefined;

function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): PageNode {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

function s(tag: string, attributes: Attributes = {}, ...children: readonly (PageNode | string)[]): PageNode {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An element whose width or place is a figure: the policy forbids style attributes, not styles that a script sets. */
function placed(attributes: Attributes, style: Readonly<Record<string, string>>): PageNode {
  const element = h('i', attributes);
  Object.assign(element.style, style);
  return element;
}

const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;
const count = (value: number): string => value.toLocaleString('en-US');

function time(ms: number): string {
  if (ms < 1) return `${(ms * 1000).toFixed(ms < 0.01 ? 1 : 0)} µs`;
  if (ms < 1000) return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
  return `${(ms / 1000).toFixed(2)} s`;
}

function duration(seconds: number): string {
  const [days, hours, minutes] = [seconds / 86_400, (seconds / 3600) % 24, (seconds / 60) % 60].map(Math.floor);
  if ((days ?? 0) > 0) return (hours ?? 0) > 0 ? `${days} d ${hours} h` : `${days} d`;
  if ((hours ?? 0) > 0) return `${hours} h ${minutes} min`;
  return (minutes ?? 0) > 0 ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

function bytes(value: number): string {
  const mebibytes = value / 2 ** 20;
  return mebibytes >= 1024
    ? `${(mebibytes / 1024).toFixed(2)} GiB`
    : `${mebibytes.toFixed(mebibytes < 10 ? 1 : 0)} MiB`;
}

function burnChip(window: string, rate: number): PageNode {
  const heat = rate >= 6 ? 'hot' : rate > 1 ? 'warm' : rate === 0 ? 'cold' : '';
  const title = `burns the budget ${rate.toFixed(2)} times as fast as allowed, over the last ${window}`;
  return h(
    'span',
    { class: `chip ${heat}`, title },
    `${window} `,
    h('b', {}, rate < 10 ? rate.toFixed(1) : rate.toFixed(0)),
    '×',
  );
}

function budgetText(left: number): string {
  if (left >= 0) return `${(100 * left).toFixed(left < 0.1 ? 1 : 0)} % of the budget left`;
  return `${(1 - left).toFixed(1)} times the budget spent`;
}

function objective(slo: SloView): PageNode {
  const left = slo.remaining_budget;
  const state = left <= 0 ? 'out' : left < 0.25 ? 'low' : '';
  const share = Number((100 * slo.objective).toPrecision(8));
  return h(
    'div',
    { class: 'slo' },
    h('span', {}, `${share} % within ${time(slo.latency_ms)} over ${duration(slo.window_seconds)}`),
    h(
      'span',
      { class: `budget ${state}`, role: 'img', 'aria-label': budgetText(left) },
      placed({}, { width: percent(Math.max(0, Math.min(1, left))) }),
    ),
    h('span', {}, budgetText(left)),
    ...Object.entries(slo.burn_rates).map(([window, rate]) => burnChip(window, rate)),
  );
}

/** Percentiles on a logarithmic axis from 10 µs to 10 s, with the objective. */
function latencies(recent: RecentFigures, latency: number | undefined): PageNode {
  const at = (ms: number): number => 300 * Math.min(1, Math.max(0, (Math.log10(ms) + 2) / 6));
  const { p50_ms: p50, p90_ms: p90, p99_ms: p99 } = recent;
  if (p50 === null || p90 === null || p99 === null) return h('small', {}, 'none succeeded lately');
  const shapes = [0.01, 0.1, 1, 10, 100, 1000, 10_000].map((ms) =>
    s('line', { class: 'axis', x1: String(at(ms)), x2: String(at(ms)), y1: '12', y2: '26' }),
  );
  shapes.push(
    s('rect', {
      class: 'body',
      x: String(at(p50)),
      width: String(Math.max(1, at(p99) - at(p50))),
      y: '15',
      height: '8',
    }),
  );
  for (const value of [p50, p90, p99])
    shapes.push(s('line', { class: 'tick', x1: String(at(value)), x2: String(at(value)), y1: '14', y2: '24' }));
  if (latency !== undefined)
    shapes.push(s('line', { class: 'objective', x1: String(at(latency)), x2: String(at(latency)), y1: '8', y2: '30' }));
  const spoken = `p50 ${time(p50)}, p90 ${time(p90)}, p99 ${time(p99)}`;
  return h(
    'div',
    { title: 'of the last minutes; the axis goes from 10 µs to 10 s by tens, the dashed line is the objective' },
    h(
      'div',
      { class: 'percentiles' },
      h('span', {}, 'p50 ', h('b', {}, time(p50))),
      h('span', {}, 'p90 ', h('b', {}, time(p90))),
      h('span', {}, 'p99 ', h('b', {}, time(p99))),
    ),
    s('svg', { viewBox: '0 6 300 26', preserveAspectRatio: 'none', role: 'img', 'aria-label': spoken }, ...shapes),
  );
}

/** Stages one after the other, each beginning where the one before ended. */
function waterfall(recent: RecentFigures): PageNode {
  const values = stages.map((stage) => recent.stages_ms[stage] ?? 0);
  const total = values.reduce((sum, ms) => sum + ms, 0) || 1;
  let begin = 0;
  const rows = stages.map((stage, i) => {
    const ms = values[i] ?? 0;
    const run = placed({ class: stage }, { left: percent(begin / total), width: percent(ms / total) });
    begin += ms;
    return h('div', {}, h('span', {}, stage), h('span', { class: 'run' }, run), h('span', {}, time(ms)));
  });
  return h('div', { class: 'fall', title: 'mean of each stage, of the last minutes' }, ...rows);
}

function sparkline(values: readonly number[]): PageNode | undefined {
  if (values.length < 2 || values.every((value) => value === 0)) return undefined;
  const most = Math.max(...values, 1e-9);
  const points = values.map((value, i) => `${(100 * i) / (values.length - 1)},${20 - (18 * value) / most}`).join(' ');
  return h(
    'div',
    { class: 'spark', title: 'requests per second since this page was opened' },
    s('svg', { viewBox: '0 0 100 21', preserveAspectRatio: 'none' }, s('polyline', { class: 'spark', points })),
  );
}

/** Remembers the counts of a version; its rate in requests per second. */
function remember(key: string, version: VersionFigures, now: number): readonly number[] {
  const total = version.requests + version.failures;
  const before = histories.get(key);
  const history = before ?? { total, at: now, rates: [], p99: [] };
  if (before !== undefined && now > before.at) {
    history.rates.push(Math.max(0, (1000 * (total - before.total)) / (now - before.at)));
    if (history.rates.length > longestHistory) history.rates.shift();
    Object.assign(history, { total, at: now });
  }
  histories.set(key, history);
  return history.rates;
}

function versionRow({ name, slo }: ServableFigures, version: VersionFigures, now: number): PageNode {
  const key = `${name}/${version.version}`;
  const rates = remember(key, version, now);
  const head = h(
    'div',
    {},
    h('b', {}, version.version),
    ' ',
    h('span', { class: `pill ${version.state}` }, version.state),
  );
  const row = h('div', { class: 'version' }, head);
  if (version.build !== undefined) head.append(buildProgress(version.build));
  if (version.reason !== '') row.append(h('div', { class: 'why' }, version.reason));
  if (version.state !== 'ready') return row;
  const toggle = h('button', { 'aria-expanded': String(open === key), 'data-key': key }, 'plan');
  toggle.addEventListener('click', () => {
    open = open === key ? '' : key;
    location.hash = encodeURIComponent(open);
  });
  head.append(' ', toggle);
  const rate = rates.at(-1);
  const failed = version.failures > 0 ? `, ${count(version.failures)} failed` : '';
  const rows = version.rows_per_execution === null ? '' : `, ${version.rows_per_execution} rows a run`;
  row.append(
    h(
      'div',
      { title: `${count(version.requests)} succeeded${failed}${rows}` },
      rate === undefined ? count(version.requests) : `${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))} /s`,
      h('br'),
      h('small', {}, `${count(version.requests)} in all${failed}`),
      sparkline(rates),
    ),
    ...(version.recent === null
      ? [h('small', {}, `no request in the last ${last?.recent_minutes ?? 5} minutes`)]
      : [latencies(version.recent, slo?.latency_ms), waterfall(version.recent)]),
  );
  return row;
}

function buildProgress({
  engine,
  fraction,
  subgraph,
  subgraphs,
  step,
}: NonNullable<VersionFigures['build']>): PageNode {
  return h(
    'div',
    { class: 'build' },
    h('small', {}, `building ${engine} ${Math.floor(100 * fraction)} %: subgraph ${subgraph} of ${subgraphs}, ${step}`),
    h('div', { class: 'progress' }, placed({}, { width: percent(fraction) })),
  );
}

function servable(figures: ServableFigures, now: number): PageNode {
  const refused =
    figures.refused === 0
      ? undefined
      : h('span', { class: 'chip', title: 'requests that no version took' }, `${count(figures.refused)} refused`);
  return h(
    'section',
    { 'data-servable': figures.name },
    h(
      'div',
      { class: 'title' },
      h('h2', {}, figures.name, ' ', refused),
      figures.slo === null ? undefined : objective(figures.slo),
    ),
    ...(figures.versions.length === 0
      ? [h('p', { class: 'soft' }, 'no version')]
      : figures.versions.map((version) => versionRow(figures, version, now))),
  );
}

/**
 * The plans of the chosen version: partitions in the order they run, and every node with its engine and why no other took it. It stands
 * apart from what is drawn with every look, so that it can be read and scrolled in peace.
 */
function drawPlan(): void {
  const key = open;
  const report = reports.get(key);
  const box = h('section', { id: 'picture' }, h('h3', {}, `Plans of ${key}`));
  document.getElementById('plan')?.replaceChildren(...(key === '' ? [] : [box]));
  if (key === '') return;
  if (report === undefined) {
    void fetchReport(key);
    box.append(h('small', {}, 'asking for the report'));
  } else if (typeof report === 'string') box.append(h('small', { class: 'lost' }, report));
  else drawPlans(box, key, report);
}

async function fetchReport(key: string): Promise<void> {
  const [, name = '', version = ''] = /^(.*)\/(\d+)$/.exec(key) ?? [];
  try {
    const answer = await fetch(`v2/models/${encodeURIComponent(name)}/versions/${version}/report`);
    const body = (await answer.json()) as Report & { readonly error?: string };
    reports.set(key, answer.ok ? body : (body.error ?? `status ${answer.status}`));
  } catch (caught) {
    reports.set(key, String(caught));
  }
  drawPlan();
}

/** What a version holds in memory, and what of it is what. */
function memoryLine(memory: Readonly<Record<string, number>>): PageNode {
  const kinds = Object.entries(memory).filter(([, size]) => size > 0);
  const total = kinds.reduce((sum, [, size]) => sum + size, 0);
  return h('p', {}, `${bytes(total)} in memory: ${kinds.map(([kind, size]) => `${kind} ${bytes(size)}`).join(', ')}`);
}

function drawPlans(box: PageNode, key: string, report: Report): void {
  if (report.memory !== undefined) box.append(memoryLine(report.memory));
  const plans = (report.native?.plans ?? [])
    .map((entry) => entry.plan ?? entry)
    .filter((plan) => plan.partitions !== undefined);
  const choice = chosen.get(key) ?? { plan: 0, node: -1 };
  const plan = plans[choice.plan] ?? plans[0];
  if (plan === undefined) {
    box.append(h('small', {}, 'no plan yet: its plans are made when they are first asked for'));
    return;
  }
  const choose = (more: Partial<typeof choice>): void => {
    chosen.set(key, { ...choice, ...more });
    drawPlan();
  };
  const nodes = plan.nodes ?? [];
  const engines = [
    ...new Set([...(plan.partitions ?? []).map(({ engine }) => engine), ...nodes.map(({ engine }) => engine)]),
  ];
  const colour = (engine: string): string => `e${Math.max(0, engines.indexOf(engine)) % engineColours}`;
  const tabs = plans.map((each, i) => {
    const tab = h(
      'button',
      { 'aria-pressed': String(each === plan) },
      each.rows !== undefined && each.rows > 0 ? `batch of ${each.rows}` : (each.shapes ?? `plan ${i + 1}`),
    );
    tab.addEventListener('click', () => choose({ plan: i, node: -1 }));
    return tab;
  });
  const waves = (plan.partitions ?? []).flatMap((partition, i) => [
    ...(i === 0 ? [] : [h('span', { class: 'arrow' }, '→')]),
    wave(partition, colour(partition.engine)),
  ]);
  const squares = nodes.map((node, i) => {
    const square = h('button', {
      class: `${colour(node.engine)} ${node.refused.length > 0 ? 'refused' : ''}`,
      'aria-pressed': String(i === choice.node),
      title: `${node.op} · ${node.engine}`,
      'aria-label': `${node.op} ${node.node}: ${node.engine}`,
    });
    square.addEventListener('click', () => choose({ node: i === choice.node ? -1 : i }));
    return square;
  });
  const legend = engines.map((engine) =>
    h(
      'span',
      {},
      h('i', { class: colour(engine) }),
      `${engine}: ${nodes.filter((node) => node.engine === engine).length} nodes`,
    ),
  );
  const reasons = refusals(nodes);
  box.append(
    h('div', { class: 'legend' }, ...(plans.length > 1 ? tabs : []), ...legend),
    h('div', { class: 'waves' }, ...waves),
    h('div', { class: 'nodes' }, ...squares),
    told(nodes, choice.node),
    ...(reasons === undefined ? [] : [reasons]),
  );
}

function wave(
  { engine, nodes, build_us: built, cache, precision, fallback, steps }: Partition,
  colour: string,
): PageNode {
  const facts = [
    nodes === undefined ? undefined : `${nodes} nodes`,
    cache?.result === 'hit' ? 'from the cache' : built === undefined ? undefined : `built in ${time(built / 1000)}`,
    precision?.used === undefined ? undefined : `precision ${precision.used}`,
  ].filter((fact) => fact !== undefined);
  return h(
    'div',
    { class: `wave ${colour}` },
    h('b', {}, engine),
    h('small', {}, facts.join(', ')),
    fallback === undefined ? undefined : h('div', { class: 'failed' }, `${fallback.from ?? ''}: ${fallback.why ?? ''}`),
    steps === undefined || steps.length === 0 ? undefined : h('ol', {}, ...steps.map((step) => h('li', {}, step))),
  );
}

function told(nodes: readonly PlanNode[], index: number): PageNode {
  const node = nodes[index];
  if (node === undefined)
    return h(
      'div',
      { class: 'told soft' },
      `${nodes.length} nodes in the order they run; each tells its name and engine`,
    );
  const why = node.refused.map((refused) => `${refused.engine} refused it: ${refused.why}`).join('; ');
  return h(
    'div',
    { class: 'told' },
    h('b', {}, node.op),
    ` ${node.node} runs on ${node.engine}. ${why === '' ? 'It is the first engine asked.' : why}`,
  );
}

/** Every reason for which an engine refused nodes, with how many. */
function refusals(nodes: readonly PlanNode[]): PageNode | undefined {
  const reasons = new Map<string, { engine: string; why: string; ops: Set<string>; count: number }>();
  for (const { op, refused } of nodes)
    for (const { engine, why } of refused) {
      const reason = reasons.get(`${engine} ${why}`) ?? { engine, why, ops: new Set(), count: 0 };
      reason.ops.add(op);
      reason.count += 1;
      reasons.set(`${engine} ${why}`, reason);
    }
  if (reasons.size === 0) return undefined;
  const rows = [...reasons.values()]
    .sort((a, b) => b.count - a.count)
    .map((reason) =>
      h(
        'tr',
        {},
        h('td', {}, reason.engine),
        h('td', { class: 'num' }, count(reason.count)),
        h('td', {}, [...reason.ops].join(', ')),
        h('td', {}, reason.why),
      ),
    );
  return h(
    'table',
    {},
    h('tr', {}, ...['refused by', 'nodes', 'operators', 'why'].map((text) => h('th', {}, text))),
    ...rows,
  );
}

function slowest(calls: readonly SlowFigures[], minutes: number): PageNode | undefined {
  if (calls.length === 0) return undefined;
  const rows = calls.map((call) => {
    const parts = stages.map((stage) =>
      placed(
        { class: stage, title: `${stage} ${time(call.stages_ms?.[stage] ?? 0)}` },
        { width: percent((call.stages_ms?.[stage] ?? 0) / call.total_ms) },
      ),
    );
    const id = [call.request_id, call.trace_id].filter((text) => text !== '').join(' · ');
    return h(
      'tr',
      {},
      h('td', { class: 'num' }, time(call.total_ms)),
      h('td', {}, `${call.servable}/${call.version}`),
      h('td', { class: call.code === 'OK' ? 'ready' : 'failed' }, call.code),
      h('td', {}, call.stages_ms === null ? h('small', {}, 'not computed') : h('div', { class: 'bar' }, ...parts)),
      h('td', {}, `${duration(call.seconds_ago)} ago`),
      h('td', {}, h('small', {}, id)),
    );
  });
  const legend = h(
    'div',
    { class: 'legend' },
    ...stages.map((stage) => h('span', {}, h('i', { class: stage }), stage)),
  );
  const head = h(
    'tr',
    {},
    h('th', { class: 'num' }, 'time'),
    ...['version', 'code', 'where it went', 'when', 'request'].map((text) => h('th', {}, text)),
  );
  return h(
    'section',
    { id: 'slowest' },
    h('h3', {}, `Slowest requests of the last ${minutes} minutes`),
    h('table', {}, head, ...rows),
    legend,
  );
}

function working(view: StatusView): PageNode | undefined {
  const loading = view.servables.flatMap(({ name, versions }) =>
    versions.filter(({ state }) => state === 'loading').map(({ version }) => `${name}/${version}`),
  );
  if (loading.length + view.builds.length === 0) return undefined;
  return h(
    'section',
    { id: 'working' },
    h('h3', {}, 'In progress'),
    ...(loading.length > 0
      ? [
          h(
            'div',
            {},
            `loading ${loading.slice(0, 8).join(', ')}${loading.length > 8 ? ` and ${loading.length - 8} more` : ''}`,
          ),
        ]
      : []),
    ...view.builds.map((build) =>
      h(
        'div',
        {},
        h('b', {}, `${build.name}/${build.version}`),
        build.background ? ' serves meanwhile' : '',
        buildProgress(build),
      ),
    ),
  );
}

/** All of them, or of very many those that say most: not ready, or asked lately. */
function shownOf(servables: readonly ServableFigures[]): readonly ServableFigures[] {
  if (servables.length <= mostServables) return servables;
  const telling = (figures: ServableFigures): boolean =>
    figures.versions.some(({ state, recent }) => state !== 'ready' || recent !== null);
  return servables.filter(telling).slice(0, mostServables);
}

function draw(): void {
  const view = last;
  if (view === undefined) return;
  const state = view.draining ? 'draining' : view.ready ? 'ready' : 'loading';
  document.title = `mindird: ${state}`;
  const now = performance.now();
  document
    .getElementById('head')
    ?.replaceChildren(
      h('h1', {}, 'mindird'),
      h('span', { class: `pill ${state}` }, state),
      h('span', {}, `version ${view.server_version}`),
      h('span', {}, `up ${duration(view.uptime_seconds)}`),
      h('span', {}, `${bytes(view.memory_bytes)} in memory`),
    );
  const cards = shownOf(view.servables).map((figures) => servable(figures, now));
  const left = view.servables.length - cards.length;
  if (left > 0) cards.push(h('section', {}, h('p', { class: 'soft' }, `${count(left)} more servables in status.json`)));
  if (cards.length === 0)
    cards.push(h('section', {}, h('p', { class: 'empty' }, 'No servables found in the repository.')));
  const progress = working(view);
  const slow = slowest(view.slowest, view.recent_minutes);
  const focused = document.activeElement?.getAttribute('data-key');
  document.getElementById('main')?.replaceChildren(...(progress === undefined ? [] : [progress]), ...cards);
  document.getElementById('slow')?.replaceChildren(...(slow === undefined ? [] : [slow]));
  if (typeof focused === 'string')
    for (const button of document.querySelectorAll('button[data-key]'))
      if (button.getAttribute('data-key') === focused) button.focus();
}

async function look(): Promise<void> {
  try {
    const answer = await fetch('status.json');
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    last = (await answer.json()) as StatusView;
    draw();
  } catch {
    document
      .getElementById('head')
      ?.replaceChildren(h('h1', {}, 'mindird'), h('span', { class: 'pill failed' }, 'does not answer'));
  }
  setTimeout(() => void look(), document.hidden ? 5 * everyMs : everyMs);
}

addEventListener('hashchange', () => {
  open = decodeURIComponent(location.hash.slice(1));
  draw();
  drawPlan();
});
drawPlan();
void look();
