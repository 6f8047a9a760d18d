// Grafana's dashboard as the JSON that it reads: deploy/docker/grafana/dashboards/mindird.json.

import { type Panel, type Query, rows } from './dashboard-panels.ts';
import { processMetrics } from './table.ts';

const { modelState } = processMetrics;

const datasource = { type: 'prometheus', uid: '${datasource}' };
const lastOnly = { calcs: ['lastNotNull'] };

const looks = {
  stat: () => ({ options: { colorMode: 'value', graphMode: 'area', reduceOptions: lastOnly } }),
  timeseries: () => ({
    options: {
      legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  }),
  bargauge: () => ({ options: { orientation: 'horizontal', displayMode: 'basic', reduceOptions: lastOnly } }),
  table: () => ({
    options: {},
    transformations: [
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true, Value: true, __name__: true, job: true },
          indexByName: { model: 0, version: 1, state: 2, instance: 3 },
        },
      },
    ],
  }),
} as const;

function defaults({ type, unit, steps, fill = 8, stacked = false }: Panel): object {
  const lines = {
    custom: {
      lineWidth: 1,
      fillOpacity: fill,
      showPoints: 'never',
      stacking: { mode: stacked ? 'normal' : 'none' },
    },
    min: 0,
  };
  const colors = steps?.map(([color, value]) => ({ color, value }));
  return {
    unit,
    ...(colors === undefined ? {} : { thresholds: { mode: 'absolute', steps: colors } }),
    ...(type === 'timeseries' ? lines : {}),
  };
}

/** What a table and bars ask for is of now, not of a time. */
function target(type: Panel['type'], { expr, legend }: Query, at: number): object {
  const form = type === 'table' ? { format: 'table', instant: true } : type === 'bargauge' ? { instant: true } : {};
  return { refId: String.fromCharCode(65 + at), expr, legendFormat: legend, ...form };
}

function panels(): readonly object[] {
  const made: object[] = [];
  let y = 0;
  for (const [h, row] of rows) {
    let x = 0;
    for (const panel of row) {
      made.push({
        id: made.length + 1,
        title: panel.title,
        type: panel.type,
        gridPos: { x, y, w: panel.width, h },
        datasource,
        description: panel.description ?? '',
        targets: panel.queries.map((query, at) => target(panel.type, query, at)),
        fieldConfig: { defaults: defaults(panel), overrides: [] },
        ...looks[panel.type](),
      });
      x += panel.width;
    }
    y += h;
  }
  return made;
}

/** A list to choose from, of the values that a label of the versions has. */
function variable(name: string, labels: readonly string[]): object {
  const matchers = labels.map((label) => `${label}=~"$${label}"`).join(',');
  const from = `${modelState.name}${matchers === '' ? '' : `{${matchers}}`}`;
  return {
    name,
    label: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    type: 'query',
    datasource,
    query: { query: `label_values(${from}, ${name})`, refId: name },
    refresh: 2,
    includeAll: true,
    multi: true,
    current: { text: 'All', value: '$__all' },
    sort: 1,
  };
}

/** The whole text of deploy/docker/grafana/dashboards/mindird.json. */
export function dashboardDocument(): string {
  const dashboard = {
    uid: 'mindird',
    title: 'mindird',
    tags: ['inference'],
    timezone: 'browser',
    schemaVersion: 41,
    version: 1,
    refresh: '10s',
    time: { from: 'now-30m', to: 'now' },
    graphTooltip: 1,
    editable: true,
    templating: {
      list: [
        { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus', refresh: 1 },
        variable('job', []),
        variable('model', ['job']),
        variable('version', ['job', 'model']),
      ],
    },
    annotations: { list: [] },
    panels: panels(),
  };
  return `${JSON.stringify(dashboard, null, 1)}\n`;
}
