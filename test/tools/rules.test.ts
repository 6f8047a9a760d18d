// The alert rules, run by promtool: each fires when it should, and only then.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse, stringify } from 'yaml';
import { type Objective, prometheusRuleDocument, ruleGroups, rulesDocument } from '../../server/metrics/rules.ts';
import { projectPath } from '../../server/util/root.ts';

const promtool = process.env['MINDIRD_PROMTOOL'] ?? 'promtool';

interface Series {
  readonly series: string;
  readonly values: string;
}

interface Case {
  readonly name: string;
  readonly series: readonly Series[];
  /** Alerts expected, as `NAME severity label=value …`, by the minute they are looked for. */
  readonly expect: Readonly<Record<string, readonly string[]>>;
}

let folder = '';
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mindird-rules-'));
});
after(() => rmSync(folder, { recursive: true }));

const minutes = 4 * 24 * 60;

/** Good and bad calls a minute, of a servable with an objective of 0.99. */
function calls(good: number, bad: number, days = 30, model = 'm'): readonly Series[] {
  const of = `job="mindird",instance="a",model="${model}"`;
  return [
    { series: `mindird_slo_requests_total{${of},good="true"}`, values: `0+${good}x${minutes}` },
    { series: `mindird_slo_requests_total{${of},good="false"}`, values: `0+${bad}x${minutes}` },
    { series: `mindird_slo_objective_ratio{${of}}`, values: `0.99x${minutes}` },
    { series: `mindird_slo_window_seconds{${of}}`, values: `${days * 86_400}x${minutes}` },
  ];
}

const burning: readonly Case[] = [
  {
    name: 'a fifth is bad: the fast and the steady alert page',
    series: calls(80, 20),
    expect: {
      '70': [
        'MindirdSloBurnFast page model=m',
        'MindirdSloBurnSteady page model=m',
        'MindirdSloBurnSlow ticket model=m',
      ],
    },
  },
  {
    name: '8 % are bad: only the steady alert pages',
    series: calls(92, 8),
    expect: { '420': ['MindirdSloBurnSteady page model=m', 'MindirdSloBurnSlow ticket model=m'] },
  },
  {
    name: '2 % are bad: a ticket',
    series: calls(98, 2),
    expect: { '5000': ['MindirdSloBurnSlow ticket model=m'] },
  },
  { name: 'half a percent is bad: nothing', series: calls(199, 1), expect: { '70': [], '5000': [] } },
  { name: 'nobody calls: nothing', series: calls(0, 0), expect: { '70': [], '5000': [] } },
  {
    name: 'what is over ends the fast alert within minutes, though the hour was bad',
    series: [
      { series: 'mindird_slo_requests_total{job="mindird",model="m",good="true"}', values: '0+80x60 4800+100x60' },
      { series: 'mindird_slo_requests_total{job="mindird",model="m",good="false"}', values: '0+20x60 1200x60' },
      { series: 'mindird_slo_objective_ratio{job="mindird",model="m"}', values: '0.99x130' },
      { series: 'mindird_slo_window_seconds{job="mindird",model="m"}', values: '2592000x130' },
    ],
    expect: {
      '60': [
        'MindirdSloBurnFast page model=m',
        'MindirdSloBurnSteady page model=m',
        'MindirdSloBurnSlow ticket model=m',
      ],
      '70': ['MindirdSloBurnSteady page model=m', 'MindirdSloBurnSlow ticket model=m'],
    },
  },
  {
    name: 'the budget of a week is spent sooner: a rate of 4 pages where a month would not',
    series: [...calls(96, 4, 7, 'week'), ...calls(96, 4, 30, 'month')],
    expect: {
      '420': [
        'MindirdSloBurnFast page model=week',
        'MindirdSloBurnSteady page model=week',
        'MindirdSloBurnSlow ticket model=week',
        'MindirdSloBurnSlow ticket model=month',
      ],
    },
  },
  {
    name: 'two instances are one servable: what one spends the other may make good',
    series: [
      ...calls(0, 2).map(({ series, values }) => ({ series: series.replace('instance="a"', 'instance="b"'), values })),
      ...calls(998, 0),
    ],
    expect: { '70': [] },
  },
];

/** The scrape of one server, which the rules for a missing one look at. */
const scraped = (values: string): Series => ({ series: 'up{job="mindird",instance="a"}', values });

const missing: readonly Case[] = [
  { name: 'a server that answers', series: [scraped('1x20')], expect: { '10': [] } },
  {
    name: 'a server that no longer answers, after a minute',
    series: [scraped('1x4 0x16')],
    expect: { '5': [], '8': ['MindirdDown page job=mindird instance=a'] },
  },
  {
    name: 'no server at all, and other programs',
    series: [{ series: 'up{job="node",instance="b"}', values: '0x20' }],
    expect: { '3': [], '8': ['MindirdAbsent page'] },
  },
];

const others: readonly Case[] = [
  {
    name: 'a version that failed, for a minute',
    series: [{ series: 'mindird_model_state{job="j",model="m",version="3",state="failed"}', values: '1x10' }],
    expect: { '0': [], '5': ['MindirdModelFailed ticket model=m version=3'] },
  },
  {
    name: 'a version that is ready',
    series: [{ series: 'mindird_model_state{job="j",model="m",version="3",state="ready"}', values: '1x10' }],
    expect: { '5': [] },
  },
  {
    name: 'a rejected configuration, until one is taken',
    series: [{ series: 'mindird_config_last_reload_success{job="j"}', values: '0x8 1x8' }],
    expect: { '2': [], '7': ['MindirdConfigRejected ticket'], '10': [] },
  },
  {
    name: 'a servable that refuses: the first refusal counts, as the counter begins at 0',
    series: [
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="OK"}', values: '0+100x20' },
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="OVERLOADED"}', values: '0 0 0+1x20' },
    ],
    expect: { '2': [], '12': ['MindirdOverloaded page model=m'] },
  },
  {
    name: 'calls refused before they are read',
    series: [{ series: 'mindird_calls_total{job="j",method="s/M",code="OVERLOADED"}', values: '0+1x20' }],
    expect: { '12': ['MindirdRefusesCalls page method=s/M'] },
  },
  {
    name: 'a servable without an objective whose requests fail',
    series: [
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="OK"}', values: '0+80x20' },
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="ENGINE_FAILED"}', values: '0+10x20' },
    ],
    expect: { '4': [], '15': ['MindirdRequestsFail page model=m'] },
  },
  {
    name: 'with an objective the burn rates tell it',
    series: [
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="OK"}', values: '0+80x20' },
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="ENGINE_FAILED"}', values: '0+10x20' },
      { series: 'mindird_slo_objective_ratio{job="j",model="m"}', values: '0.99x20' },
    ],
    expect: { '15': [] },
  },
  {
    name: 'what callers do wrong',
    series: [
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="OK"}', values: '0+1x20' },
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="INVALID_ARGUMENT"}', values: '0+10x20' },
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="DEADLINE_EXCEEDED"}', values: '0+10x20' },
    ],
    expect: { '15': [] },
  },
  {
    name: 'other codes and other calls',
    series: [
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="OK"}', values: '0+9x20' },
      { series: 'mindird_requests_total{job="j",model="m",version="1",code="OVERLOADED"}', values: '5x20' },
      { series: 'mindird_calls_total{job="j",method="s/M",code="OK"}', values: '0+9x20' },
    ],
    expect: { '12': [] },
  },
];

interface AnyRule {
  readonly alert?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Every alert of the rules with what promtool wants to be told of it: labels and the text as it comes out. */
function expectation(alerts: readonly AnyRule[], alertname: string, wanted: readonly string[]): object[] {
  return wanted
    .filter((line) => line.startsWith(`${alertname} `))
    .map((line) => {
      const [, severity = '', ...labels] = line.split(' ');
      const own = Object.fromEntries(labels.map((label) => label.split('=') as [string, string]));
      const rule = alerts.find(({ alert }) => alert === alertname);
      const summary = (rule?.annotations?.['summary'] ?? '').replaceAll(
        /\{\{ \$labels\.(\w+) \}\}/g,
        (_, name: string) => own[name] ?? '',
      );
      const job = own['model'] !== undefined && alertname.startsWith('MindirdSlo') ? 'mindird' : 'j';
      const none = alertname === 'MindirdAbsent';
      return { exp_labels: { ...(none ? {} : { job }), severity, ...own }, exp_annotations: { summary } };
    });
}

/** Runs promtool over cases; returns its exit code and what it said. */
function runCases(
  rules: string,
  servables: readonly Objective[] | undefined,
  cases: readonly Case[],
  interval = '1m',
): { code: number | null; text: string } {
  const alerts = ruleGroups(servables).flatMap((group) => group.rules.filter(({ alert }) => alert !== undefined));
  const names = [...new Set(alerts.map(({ alert }) => alert ?? ''))];
  const tests = cases.map(({ name, series, expect }) => ({
    name,
    interval: '1m',
    input_series: series.some(({ series: name }) => name.startsWith('up{'))
      ? series
      : [...series, scraped(`1x${interval === '1m' ? 30 : minutes}`)],
    alert_rule_test: Object.entries(expect).flatMap(([minute, wanted]) =>
      names.map((alertname) => ({
        eval_time: `${minute}m`,
        alertname,
        exp_alerts: expectation(alerts, alertname, wanted),
      })),
    ),
  }));
  writeFileSync(path.join(folder, 'rules.yml'), rules);
  const file = path.join(folder, 'test.yml');
  writeFileSync(file, stringify({ rule_files: ['rules.yml'], evaluation_interval: interval, tests }));
  const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', file], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  return { code: status, text: `${stdout}${stderr}` };
}

describe('alert rules', () => {
  it('are valid, as deployed and as made for servables', () => {
    const odd = [{ name: 'a "b" \\c', objective: 0.999, window: 86_400_000 }];
    for (const rules of [rulesDocument(), rulesDocument(odd), rulesDocument([])]) {
      writeFileSync(path.join(folder, 'check.yml'), rules);
      execFileSync(promtool, ['check', 'rules', path.join(folder, 'check.yml')]);
    }
    const resource = parse(prometheusRuleDocument()) as { spec: { groups: unknown } };
    assert.deepEqual(resource.spec.groups, parse(rulesDocument()).groups);
    execFileSync(promtool, ['check', 'rules', projectPath('deploy', 'docker', 'rules.yml')]);
  });

  it('fire when they should, and only then', () => {
    const far = runCases(rulesDocument(), undefined, burning, '5m');
    assert.equal(far.code, 0, far.text);
    const near = runCases(rulesDocument(), undefined, [...others, ...missing]);
    assert.equal(near.code, 0, near.text);
  });

  it('made for servables fire for the same burning', () => {
    const days = 86_400_000;
    const servables = [
      { name: 'm', objective: 0.99, window: 30 * days },
      { name: 'week', objective: 0.99, window: 7 * days },
      { name: 'month', objective: 0.99, window: 30 * days },
    ];
    const { code, text } = runCases(rulesDocument(servables), servables, burning, '5m');
    assert.equal(code, 0, text);
  });

  it('would be told if they were wrong', () => {
    const [first] = burning;
    const quiet = burning.find(({ name }) => name.startsWith('half a percent'));
    assert.ok(first !== undefined && quiet !== undefined);
    for (const [from, to] of [
      ['> on (job, model) clamp_min(0.02', '> on (job, model) clamp_min(0.2'],
      ['good="false"', 'good="true"'],
      ['severity: page', 'severity: ticket'],
    ] as const) {
      const wrong = rulesDocument().replaceAll(from, to);
      assert.notEqual(wrong, rulesDocument(), from);
      assert.notEqual(runCases(wrong, undefined, [first, quiet], '5m').code, 0, `${from} → ${to} goes unnoticed`);
    }
  });
});
