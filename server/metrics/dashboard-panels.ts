// What the dashboard shows: panels in rows, their queries made of the table of metrics, which has the names and labels of the series.

import { burnSeries } from './rules.ts';
import { type MetricSpec, modelMetrics, processMetrics, servableMetrics } from './table.ts';

/** A query in PromQL, and what the legend calls its series. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** A panel; `width` of 24 columns. */
export interface Panel {
  readonly title: string;
  readonly type: 'stat' | 'timeseries' | 'table' | 'bargauge';
  readonly width: number;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly description?: string;
  /** Colours from values up: of a panel of one number. */
  readonly steps?: readonly (readonly [color: string, from: number | null])[];
  /** How opaque the area below a line is, in percent. */
  readonly fill?: number;
  readonly stacked?: boolean;
}

const { requests, duration, stage, batch, queueDepth, memory, load, build, nodes } = modelMetrics;
const { slo } = servableMetrics;
const { modelState, lag } = processMetrics;

/** The variables of the dashboard that choose series, by the label they choose. */
const chosen = ['model', 'version'];

/** `{job=~"$job",…}`: the chosen jobs, and of the labels that the metric has the chosen values; `more` beside them. */
function selector(labels: readonly string[], more: readonly string[] = []): string {
  const variables = ['job', ...chosen.filter((label) => labels.includes(label))];
  return `{${[...variables.map((name) => `${name}=~"$${name}"`), ...more].join(',')}}`;
}

const series = (metric: MetricSpec, suffix = '', more: readonly string[] = []): string =>
  `${metric.name}${suffix}${selector(metric.labels, more)}`;

const rate = (selected: string, range = '$__rate_interval'): string => `rate(${selected}[${range}])`;
const by = (labels: string, text: string): string => `sum by (${labels}) (${text})`;
const sum = (text: string): string => `sum(${text})`;
const quantile = (share: number, metric: MetricSpec, labels = 'le'): string =>
  `histogram_quantile(${share}, ${by(labels, rate(series(metric, '_bucket')))})`;

const succeeded = ['good="true"'];

/** Rows from the top: height and panels from the left, of 24 columns. */
export const rows: readonly (readonly [height: number, panels: readonly Panel[]])[] = [
  [
    4,
    [
      {
        title: 'Requests',
        type: 'stat',
        width: 5,
        unit: 'reqps',
        queries: [{ expr: sum(rate(series(requests))), legend: 'per second' }],
      },
      {
        title: 'Failed',
        type: 'stat',
        width: 5,
        unit: 'percentunit',
        steps: [
          ['green', null],
          ['red', 0.001],
        ],
        queries: [
          {
            expr: `${sum(rate(series(requests, '', ['code!="OK"'])))} / ${sum(rate(series(requests)))}`,
            legend: 'share',
          },
        ],
      },
      {
        title: 'p99 response',
        type: 'stat',
        width: 5,
        unit: 's',
        queries: [{ expr: quantile(0.99, duration), legend: 'p99' }],
      },
      {
        title: 'Objective met',
        type: 'stat',
        width: 5,
        unit: 'percentunit',
        description: 'Good requests of the last hour over all that count.',
        steps: [
          ['red', null],
          ['orange', 0.98],
          ['green', 0.99],
        ],
        queries: [
          {
            expr: `${sum(rate(series(slo, '', succeeded), '1h'))} / ${sum(rate(series(slo), '1h'))}`,
            legend: 'last hour',
          },
        ],
      },
      {
        title: 'Models ready',
        type: 'stat',
        width: 4,
        unit: 'short',
        queries: [{ expr: sum(`${modelState.name}${selector([], ['state="ready"'])}`), legend: 'ready' }],
      },
    ],
  ],
  [
    9,
    [
      {
        title: 'Response time',
        type: 'timeseries',
        width: 12,
        unit: 's',
        fill: 0,
        description: 'From the first byte of a request to its encoded reply.',
        queries: [0.5, 0.9, 0.99, 0.999].map((share) => ({
          expr: quantile(share, duration),
          legend: `p${Number((100 * share).toFixed(1))}`,
        })),
      },
      {
        title: 'Where the time goes',
        type: 'timeseries',
        width: 12,
        unit: 's',
        fill: 50,
        stacked: true,
        description: 'Mean time per request of each stage; the stages add up to the mean response time.',
        queries: [
          {
            expr: `${by('stage', rate(series(stage, '_sum')))} / ignoring(stage) group_left ${sum(rate(series(duration, '_count')))}`,
            legend: '{{stage}}',
          },
        ],
      },
    ],
  ],
  [
    8,
    [
      {
        title: 'Requests by code',
        type: 'timeseries',
        width: 8,
        unit: 'reqps',
        fill: 30,
        stacked: true,
        queries: [{ expr: by('code', rate(series(requests))), legend: '{{code}}' }],
      },
      {
        title: 'Response time p99 by model',
        type: 'timeseries',
        width: 8,
        unit: 's',
        fill: 0,
        queries: [{ expr: quantile(0.99, duration, 'le, model, version'), legend: '{{model}}/{{version}}' }],
      },
      {
        title: 'Error budget burn',
        type: 'timeseries',
        width: 8,
        unit: 'none',
        fill: 0,
        description: '1 spends the budget of 30 days in 30 days; above 14.4 over an hour pages.',
        queries: [
          { expr: `${burnSeries('1h')}${selector(['model'])}`, legend: '{{model}} 1 h' },
          { expr: `${burnSeries('6h')}${selector(['model'])}`, legend: '{{model}} 6 h' },
        ],
      },
    ],
  ],
  [
    8,
    [
      {
        title: 'Queue depth',
        type: 'timeseries',
        width: 8,
        unit: 'short',
        queries: [{ expr: by('model', series(queueDepth)), legend: '{{model}}' }],
      },
      {
        title: 'Mean batch',
        type: 'timeseries',
        width: 8,
        unit: 'none',
        description: 'Rows per execution.',
        queries: [
          {
            expr: `${by('model', rate(series(batch, '_sum')))} / ${by('model', rate(series(batch, '_count')))}`,
            legend: '{{model}}',
          },
        ],
      },
      {
        title: 'Refused before the queue',
        type: 'timeseries',
        width: 8,
        unit: 'reqps',
        // Refusals that name no servable have none to be chosen by.
        queries: [
          {
            expr: by('model, code', rate(`${requests.name}${selector([], ['version=""'])}`)),
            legend: '{{model}} {{code}}',
          },
        ],
      },
    ],
  ],
  [
    8,
    [
      {
        title: 'Memory by kind',
        type: 'timeseries',
        width: 8,
        unit: 'bytes',
        queries: [
          { expr: by('kind', series(memory)), legend: '{{kind}}' },
          { expr: sum(`process_resident_memory_bytes${selector([])}`), legend: 'resident' },
        ],
      },
      {
        title: 'Event loop delay',
        type: 'timeseries',
        width: 8,
        unit: 's',
        fill: 0,
        queries: [{ expr: quantile(0.99, lag), legend: 'p99' }],
      },
      {
        title: 'CPU',
        type: 'timeseries',
        width: 8,
        unit: 'none',
        queries: [{ expr: sum(rate(`process_cpu_seconds_total${selector([])}`)), legend: 'cores used' }],
      },
    ],
  ],
  [
    8,
    [
      {
        title: 'Versions',
        type: 'table',
        width: 12,
        unit: 'short',
        queries: [{ expr: `${modelState.name}${selector([])} == 1`, legend: '' }],
      },
      {
        title: 'Nodes by engine',
        type: 'bargauge',
        width: 6,
        unit: 'short',
        queries: [{ expr: by('engine', series(nodes)), legend: '{{engine}}' }],
      },
      {
        title: 'Load and engine build',
        type: 'bargauge',
        width: 6,
        unit: 's',
        queries: [
          { expr: by('model', series(load, '', ['stage="total"'])), legend: '{{model}} load' },
          { expr: by('model', series(build)), legend: '{{model}} engine build' },
        ],
      },
    ],
  ],
];
