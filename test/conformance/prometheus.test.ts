// A real Prometheus against a loaded server: the deployed alerts, their windows made short, fire under an objective nobody can reach and
// end after it; the histograms it keeps give the percentiles of what was asked, in each form it can ask for.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { stringify } from 'yaml';
import { ruleGroups, rulesDocument } from '../../server/metrics/rules.ts';
import { projectPath } from '../../server/util/root.ts';
import { double, nativeAddon, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const promtool = process.env['MINDIRD_PROMTOOL'] ?? 'promtool';
const program = promtool.includes('/') ? path.join(path.dirname(promtool), 'prometheus') : 'prometheus';

let place: Workplace;
let server: ServerProcess;
let prometheus: ChildProcess | undefined;
let url = '';
let log = '';

beforeEach(async () => {
  place = new Workplace();
  place.model('m', 1, { computeMs: 4 });
  place.put('servables/m/servable_config.yaml', 'slo: {latency: 1us, objective: 0.99}\n');
  server = await ServerProcess.start(place);
});

afterEach(async () => {
  if (prometheus?.exitCode === null) {
    prometheus.kill('SIGKILL');
    await once(prometheus, 'exit');
  }
  await server.close();
  place.close();
});

async function freePort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  taken.close();
  await once(taken, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** Starts Prometheus with the rules over the server; `flags` beside the usual ones. */
async function watch(rules: string, flags: readonly string[] = []): Promise<void> {
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
    rule_files: ['rules.yml'],
    scrape_configs: [{ job_name: 'mindird', static_configs: [{ targets: [server.httpUrl.replace('http://', '')] }] }],
  };
  place.put('prometheus.yml', stringify(config));
  writeFileSync(place.path('rules.yml'), rules);
  const address = `127.0.0.1:${await freePort()}`;
  url = `http://${address}`;
  log = '';
  prometheus = spawn(program, [
    `--config.file=${place.path('prometheus.yml')}`,
    `--storage.tsdb.path=${place.path('tsdb')}`,
    `--web.listen-address=${address}`,
    ...flags,
  ]);
  for (const stream of [prometheus.stdout, prometheus.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (log += text));
  await until(async () => {
    assert.equal(prometheus?.exitCode, null, log);
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
  }, 'Prometheus');
}

interface Answer {
  readonly data: {
    readonly result?: readonly { readonly value: readonly [number, string] }[];
    readonly alerts?: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
    readonly activeTargets?: readonly { readonly health: string; readonly lastError: string }[];
  };
}

async function api(target: string): Promise<Answer['data']> {
  return ((await (await fetch(`${url}/api/v1/${target}`)).json()) as Answer).data;
}

/** The value of a query that has one; undefined before it has. */
async function value(query: string): Promise<number | undefined> {
  const { result } = await api(`query?query=${encodeURIComponent(query)}`);
  return result?.[0] === undefined ? undefined : Number(result[0].value[1]);
}

async function firing(): Promise<readonly string[]> {
  const { alerts = [] } = await api('alerts');
  return alerts
    .filter(({ state }) => state === 'firing')
    .map(({ labels }) => `${labels['alertname']} ${labels['model']}`);
}

/** Asks the model of the tests. */
function asking(): () => Promise<unknown> {
  const client = server.client();
  return () => double(client, 'm', [1, 2]);
}

/** Asks all the time until something holds. */
async function loadUntil(ask: () => Promise<unknown>, holds: () => Promise<boolean>, what: string): Promise<void> {
  let over = false;
  const load = (async () => {
    while (!over) await ask();
  })();
  await until(holds, what).finally(() => {
    over = true;
  });
  await load;
}

/** Queries with windows of seconds. */
function impatient(text: string): string {
  return text
    .replaceAll('[5m]', '[5s]')
    .replaceAll('[30m]', '[6s]')
    .replaceAll('[1h]', '[8s]')
    .replaceAll('[6h]', '[9s]')
    .replaceAll('[3d]', '[10s]');
}

test('prometheus: alerts fire under an objective nobody can reach, and end when it is changed', async () => {
  await watch(impatient(rulesDocument()));
  const ask = asking();
  await loadUntil(ask, async () => (await firing()).includes('MindirdSloBurnFast m'), 'the alert');
  for (const alert of await firing()) assert.match(alert, /^MindirdSloBurn(?:Fast|Steady|Slow) m$/);
  place.put('servables/m/servable_config.yaml', 'slo: {latency: 1h, objective: 0.99}\n');
  await loadUntil(ask, async () => (await firing()).length === 0, 'the end of the alerts');
  const { activeTargets = [] } = await api('targets');
  assert.deepEqual(
    activeTargets.map(({ health, lastError }) => `${health} ${lastError}`),
    ['up '],
  );
});

for (const [form, flags, query] of [
  ['buckets', [], 'histogram_quantile(0.5, sum by (le) (rate(mindird_request_duration_seconds_bucket[10s])))'],
  [
    'native histograms',
    ['--enable-feature=native-histograms'],
    'histogram_quantile(0.5, sum(rate(mindird_request_duration_seconds[10s])))',
  ],
] as const)
  test(`prometheus: percentiles from ${form}`, async () => {
    await watch(rulesDocument(), flags);
    let found: number | undefined;
    const holds = async (): Promise<boolean> => {
      found = await value(query);
      return found !== undefined && !Number.isNaN(found);
    };
    await loadUntil(asking(), holds, 'a percentile');
    // The model computes for 4 ms, and the busiest machine answers within half a minute.
    assert.ok(found !== undefined && found >= 0.0035 && found < 30, String(found));
    const counted = await value('mindird_requests_total{model="m",version="1",code="OK"}');
    assert.ok((counted ?? 0) > 0);
    const { activeTargets = [] } = await api('targets');
    assert.deepEqual(
      activeTargets.map(({ health, lastError }) => `${health} ${lastError}`),
      ['up '],
    );
  });

/** Every query of the dashboard, and what every rule records; alerts have data when they fire. */
function queries(): readonly string[] {
  const file = projectPath('deploy', 'docker', 'grafana', 'dashboards', 'mindird.json');
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: { targets: { expr: string }[] }[] };
  const filled = (text: string): string =>
    impatient(text.replaceAll('$__rate_interval', '5m')).replaceAll(/\$(?:job|model|version)/g, '.*');
  const recorded = ruleGroups().flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? []));
  return [...panels.flatMap(({ targets }) => targets.map(({ expr }) => filled(expr))), ...recorded];
}

test('prometheus: every query of the dashboard and every recorded rule has data', async () => {
  await server.close();
  place.remove('servables/m');
  cpSync(projectPath('servables', 'digits'), path.join(place.repository, 'digits'), { recursive: true });
  server = await ServerProcess.start(place, { environment: { MINDIRD_ADDON: nativeAddon } });
  await watch(impatient(rulesDocument()));
  const client = server.client();
  const ask = (rows: number): Promise<unknown> =>
    client.call('inference.ModelInfer', {
      model_name: 'digits',
      inputs: [{ name: 'image', datatype: 'FP32', shape: [rows, 1, 32, 32] }],
      raw_input_contents: [Buffer.alloc(4096)],
    });
  const all = queries();
  assert.ok(all.length > 25, `${all.length} queries`);
  let without: readonly string[] = all;
  const holds = async (): Promise<boolean> => {
    // What is refused before any version takes it.
    await assert.rejects(ask(2));
    const values = await Promise.all(without.map(value));
    without = without.filter((_, at) => values[at] === undefined || Number.isNaN(values[at]));
    return without.length === 0;
  };
  await loadUntil(() => ask(1), holds, 'data of every query').catch((caught: unknown) => {
    throw new Error(`no data: ${without.join('\n')}`, { cause: caught });
  });
});
