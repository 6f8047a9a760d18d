// The queries of dashboard, rules and scaling: Prometheus can read each, and each uses metrics and labels that the server has. A label
// that no metric has would give an empty panel, or an alert that never fires.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import { ruleGroups } from '../../server/metrics/rules.ts';
import { type MetricSpec, modelMetrics, processMetrics, servableMetrics } from '../../server/metrics/table.ts';
import { projectPath } from '../../server/util/root.ts';

const promtool = process.env['MINDIRD_PROMTOOL'] ?? 'promtool';

interface Query {
  readonly place: string;
  readonly text: string;
}

const dashboard = JSON.parse(
  readFileSync(projectPath('deploy', 'docker', 'grafana', 'dashboards', 'mindird.json'), 'utf8'),
) as {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query?: unknown; readonly definition?: string }[];
  };
};

/** What Grafana puts in the place of its variables. */
const filled = (text: string): string =>
  text.replaceAll('$__rate_interval', '5m').replaceAll(/\$(?:model|version|\w+)/g, '.*');

function queries(): readonly Query[] {
  const panels = dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ place: `panel ${title}`, text: filled(expr) })),
  );
  const rules = ruleGroups().flatMap(({ rules: own }) =>
    own.map(({ record, alert, expr }) => ({ place: record ?? alert ?? '', text: expr })),
  );
  const [, adapter] = parseAllDocuments(readFileSync(projectPath('deploy', 'k8s', 'scaling', 'hpa.yaml'), 'utf8'));
  const config = parseAllDocuments(String(adapter?.getIn(['data', 'rules.yaml'])))[0]?.toJS() as {
    rules: { seriesQuery: string; metricsQuery: string }[];
  };
  const scaling = config.rules.flatMap(({ seriesQuery, metricsQuery }) => [
    { place: 'seriesQuery', text: seriesQuery },
    {
      place: 'metricsQuery',
      text: metricsQuery.replaceAll('<<.LabelMatchers>>', 'namespace="n",pod="p"').replaceAll('<<.GroupBy>>', 'pod'),
    },
  ]);
  return [...panels, ...rules, ...scaling];
}

/** Labels by the name of a series; those of rules are what their expressions keep. */
function labelsBySeries(): ReadonlyMap<string, ReadonlySet<string>> {
  const specs: readonly MetricSpec[] = [
    ...Object.values(modelMetrics),
    ...Object.values(servableMetrics),
    ...Object.values(processMetrics),
  ];
  const series = specs.flatMap(({ name, type, labels }) =>
    type === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']] as const,
          [`${name}_sum`, labels] as const,
          [`${name}_count`, labels] as const,
        ]
      : [[name, labels] as const],
  );
  const recorded = ruleGroups().flatMap(({ rules }) =>
    rules.flatMap(({ record }) => (record === undefined ? [] : [[record, ['model']] as const])),
  );
  const own = ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'up'].map((name) => [name, []] as const);
  return new Map(
    [...series, ...recorded, ...own].map(([name, labels]) => [
      name,
      new Set([...labels, 'job', 'instance', 'namespace', 'pod']),
    ]),
  );
}

describe('queries', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'mindird-queries-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('can be read by Prometheus', () => {
    const file = path.join(folder, 'rules.yml');
    const write = (all: readonly Query[]): void =>
      writeFileSync(
        file,
        stringify({ groups: [{ name: 'q', rules: all.map(({ text }, i) => ({ record: `q${i}`, expr: text })) }] }),
      );
    const all = queries();
    assert.ok(all.length > 30, `${all.length} queries`);
    write(all);
    execFileSync(promtool, ['check', 'rules', file]);
    write([...all, { place: 'wrong', text: 'sum by (le (x)' }]);
    assert.notEqual(spawnSync(promtool, ['check', 'rules', file]).status, 0);
  });

  it('of the dashboard count servers alone, of the jobs and the Prometheus that are chosen', () => {
    for (const { title, targets } of dashboard.panels)
      for (const { expr } of targets) {
        const series = [...expr.matchAll(/\b(?:mindird|process)[_:][a-zA-Z0-9_:]+(\{[^}]*\})?/g)];
        assert.ok(series.length > 0, title);
        for (const [name, selector = ''] of series) assert.match(selector, /[{,]job=~"\$job"/, `${title}: ${name}`);
      }
    const variables = dashboard.templating.list.map(({ name }) => name);
    assert.deepEqual(variables, ['datasource', 'job', 'model', 'version']);
    const uids = [...JSON.stringify(dashboard).matchAll(/"type":"prometheus","uid":"([^"]*)"/g)].map(([, uid]) => uid);
    assert.ok(uids.length > 10);
    assert.deepEqual([...new Set(uids)], ['${datasource}']);
  });

  it('use series that the server has, with labels that these have', () => {
    const known = labelsBySeries();
    for (const { place, text } of queries()) {
      const used = [...text.matchAll(/\b((?:mindird|process)[_:][a-zA-Z0-9_:]+|up(?=\{))(?:\{([^}]*)\})?/g)];
      assert.ok(used.length > 0, place);
      for (const [, name = '', selector = ''] of used) {
        const labels = known.get(name);
        assert.ok(labels !== undefined, `${place}: no series ${name}`);
        for (const [, label = ''] of selector.matchAll(/(\w+)\s*[=!]/g))
          assert.ok(labels.has(label), `${place}: ${name} has no label ${label}`);
      }
      const kept = new Set(used.flatMap(([, name = '']) => [...(known.get(name) ?? [])]));
      for (const [, list = ''] of text.matchAll(/\bby \(([^)]*)\)/g))
        for (const label of list.split(','))
          assert.ok(kept.has(label.trim()), `${place}: nothing has the label ${label}`);
    }
  });
});
