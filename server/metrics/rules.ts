// Prometheus' rules, from one table: burn rates of every objective over five windows, and alerts on pairs of them. A pair fires when
// both windows burn faster than what spends a share of the budget within the long one: the long window keeps a moment's trouble from
// waking anybody, the short one ends the alert soon after the trouble. (Google, The Site Reliability Workbook, chapter 5.)
//
// Without servables the rules hold for whatever the server exports, reading objectives and windows from its metrics; with servables
// their numbers stand in the rules themselves.

import { stringify } from 'yaml';
import { CODES, type ErrorCode } from '../errors.ts';
import type { BurnWindow } from '../ledger/windows.ts';
import { burnWindows } from '../ledger/windows.ts';
import { modelMetrics, processMetrics, servableMetrics } from './table.ts';

/** A servable with an objective. */
export interface Objective {
  readonly name: string;
  readonly objective: number;
  /** Milliseconds. */
  readonly window: number;
}

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** An alert: this share of the window's budget is spent within `long`. */
interface BurnAlert {
  readonly name: string;
  readonly long: BurnWindow;
  readonly short: BurnWindow;
  readonly share: number;
  readonly severity: 'page' | 'ticket';
}

const burnAlerts: readonly BurnAlert[] = [
  { name: 'MindirdSloBurnFast', long: '1h', short: '5m', share: 0.02, severity: 'page' },
  { name: 'MindirdSloBurnSteady', long: '6h', short: '30m', share: 0.05, severity: 'page' },
  { name: 'MindirdSloBurnSlow', long: '3d', short: '6h', share: 0.1, severity: 'ticket' },
];

const { slo, sloObjective, sloWindow } = servableMetrics;
const windowSeries = 'mindird:slo_window_seconds';
/** The series of the burn rate over a window. */
export const burnSeries = (window: BurnWindow): string => `mindird:slo_burn:${window}`;

/** Digits enough to tell objectives apart, and no noise of binary fractions. */
const number = (value: number): string => String(Number(value.toPrecision(9)));

/** `{model="NAME",…}` in PromQL; JSON's escapes are those of its strings. */
function selector(servable: Objective | undefined, more: readonly string[] = []): string {
  const matchers = [...(servable === undefined ? [] : [`model=${JSON.stringify(servable.name)}`]), ...more];
  return matchers.length === 0 ? '' : `{${matchers.join(',')}}`;
}

function burnRule(window: BurnWindow, servable: Objective | undefined): Rule {
  const rate = (more: readonly string[]): string =>
    `sum by (job, model) (rate(${slo.name}${selector(servable, more)}[${window}]))`;
  const allowed =
    servable === undefined ? `(1 - max by (job, model) (${sloObjective.name}))` : number(1 - servable.objective);
  return { record: burnSeries(window), expr: `${rate(['good="false"'])}\n/ ${rate([])}\n/ ${allowed}\n` };
}

/** The rate that spends `share` of the budget within the window `long`; at least 1, below which no budget is ever spent. */
function threshold({ share, long }: BurnAlert, servable: Objective | undefined): string {
  const seconds = burnWindows[long] / 1000;
  if (servable !== undefined) return number(Math.max(1, (share * servable.window) / 1000 / seconds));
  return `on (job, model) clamp_min(${share} * ${windowSeries} / ${seconds}, 1)`;
}

function burnAlert(alert: BurnAlert, servable: Objective | undefined): Rule {
  const { name, long, short, share, severity } = alert;
  const over = (window: BurnWindow): string =>
    `${burnSeries(window)}${selector(servable)} > ${threshold(alert, servable)}`;
  return {
    alert: name,
    expr: `${over(long)}\nand ${over(short)}\n`,
    labels: { severity },
    annotations: {
      summary: `{{ $labels.model }} misses its latency objective: at this rate it spends ${number(share * 100)} % of its error budget within ${long}`,
    },
  };
}

/** Scrape jobs of servers have the name in theirs, as in deploy/: a service of Kubernetes is one. */
export const jobs = '.*mindird.*';

/** Codes that are no caller's doing. */
const faults = (Object.keys(CODES) as readonly ErrorCode[]).filter(
  (code) => CODES[code].http >= 500 && CODES[code].retry !== 'caller',
);

/** The share of requests that failed by the server's doing, of servables without an objective, which would tell it. */
const failing: Rule = {
  alert: 'MindirdRequestsFail',
  expr: [
    `sum by (job, model) (rate(${modelMetrics.requests.name}{code=~"${faults.join('|')}"}[5m]))`,
    `/ sum by (job, model) (rate(${modelMetrics.requests.name}[5m])) > 0.05`,
    `unless on (job, model) ${sloObjective.name}\n`,
  ].join('\n'),
  for: '5m',
  labels: { severity: 'page' },
  annotations: {
    summary: 'more than 5 % of the requests to {{ $labels.model }} fail by the server, which has no objective for it',
  },
};

/** Alerts that have nothing to do with objectives. */
const others: readonly Rule[] = [
  {
    alert: 'MindirdDown',
    expr: `up{job=~"${jobs}"} == 0`,
    for: '1m',
    labels: { severity: 'page' },
    annotations: { summary: '{{ $labels.instance }} does not answer Prometheus' },
  },
  {
    alert: 'MindirdAbsent',
    expr: `absent(up{job=~"${jobs}"})`,
    for: '5m',
    labels: { severity: 'page' },
    annotations: { summary: 'Prometheus knows no server: none runs, or none is found' },
  },
  failing,
  {
    alert: 'MindirdModelFailed',
    expr: `max by (job, model, version) (${processMetrics.modelState.name}{state="failed"}) == 1`,
    for: '1m',
    labels: { severity: 'ticket' },
    annotations: {
      summary: '{{ $labels.model }}/{{ $labels.version }} failed to load; the log and the repository index say why',
    },
  },
  {
    alert: 'MindirdConfigRejected',
    expr: `${processMetrics.reloadSuccess.name} == 0`,
    for: '5m',
    labels: { severity: 'ticket' },
    annotations: { summary: 'the last configuration reload was rejected, the former one is in force' },
  },
  {
    alert: 'MindirdCertificateEnds',
    expr: `min by (job, instance) (${processMetrics.certificateEnd.name}) - time() < 7 * 86400`,
    for: '1h',
    labels: { severity: 'ticket' },
    annotations: {
      summary:
        'the certificate of {{ $labels.instance }} ends within a week, and no other one was taken: the log (tls.refused) may say why',
    },
  },
  {
    alert: 'MindirdOverloaded',
    expr: `sum by (job, model) (rate(${modelMetrics.requests.name}{code="OVERLOADED"}[5m])) > 0`,
    for: '5m',
    labels: { severity: 'page' },
    annotations: {
      summary: "{{ $labels.model }} refuses requests: its queue or the server's admission limits are full",
    },
  },
  {
    alert: 'MindirdRefusesCalls',
    expr: `sum by (job, method) (rate(${processMetrics.calls.name}{code="OVERLOADED"}[5m])) > 0\nunless on (job) sum by (job) (rate(${modelMetrics.requests.name}{code="OVERLOADED"}[5m])) > 0\n`,
    for: '5m',
    labels: { severity: 'page' },
    annotations: {
      summary: 'calls of {{ $labels.method }} are refused before they are read: server.max_bytes_in_flight is reached',
    },
  },
];

/** The groups of rules; `servables` absent: for every servable of every server. */
export function ruleGroups(servables?: readonly Objective[]): readonly Group[] {
  const windows = Object.keys(burnWindows) as readonly BurnWindow[];
  if (servables !== undefined)
    return [
      ...servables.map((servable) => ({
        name: `mindird-slo-${servable.name}`,
        rules: [
          ...windows.map((window) => burnRule(window, servable)),
          ...burnAlerts.map((alert) => burnAlert(alert, servable)),
        ],
      })),
      { name: 'mindird-alerts', rules: others },
    ];
  const window: Rule = { record: windowSeries, expr: `max by (job, model) (${sloWindow.name})` };
  return [
    { name: 'mindird-slo', rules: [window, ...windows.map((name) => burnRule(name, undefined))] },
    { name: 'mindird-alerts', rules: [...burnAlerts.map((alert) => burnAlert(alert, undefined)), ...others] },
  ];
}

const head = [
  "# Latency objectives: burn rates of each servable's error budget from exact counters, and alerts on them. A rate of 1 spends the budget of",
  '# slo.window within it.',
];

/** A file of rules for Prometheus. */
export function rulesDocument(servables?: readonly Objective[]): string {
  const from =
    servables === undefined
      ? '# Generated from server/metrics/rules.ts by `node tools/gen.mjs`; `mindird rules` prints them for one repository.'
      : '# Made by `mindird rules` from the configuration of the servables.';
  return `${[from, ...head].join('\n')}\n${stringify({ groups: ruleGroups(servables) }, { lineWidth: 0 })}`;
}

/** The same as a resource of the Prometheus operator. */
export function prometheusRuleDocument(): string {
  const resource = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'mindird', labels: { 'app.kubernetes.io/name': 'mindird' } },
    spec: { groups: ruleGroups() },
  };
  return `# Generated from server/metrics/rules.ts by \`node tools/gen.mjs\`.\n${stringify(resource, { lineWidth: 0 })}`;
}
