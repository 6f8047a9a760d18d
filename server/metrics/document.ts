// docs/METRICS.md, from the table of metrics.

import type { MetricSpec } from './table.ts';
import { modelMetrics, processMetrics, servableMetrics } from './table.ts';

function rows(specs: Readonly<Record<string, MetricSpec>>): readonly string[] {
  return Object.values(specs).map(
    ({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help} |`,
  );
}

/** The whole text of docs/METRICS.md. */
export function metricsDocument(): string {
  const header = ['| name | type | labels | meaning |', '|---|---|---|---|'];
  return [
    '# Metrics',
    '',
    'Generated from `server/metrics/table.ts` by `node tools/gen.mjs`. Prometheus reads them at `/metrics` of the HTTP port.',
    '',
    'A scraper that asks for protobuf (`--enable-feature=native-histograms`) gets native histograms of durations with cells 9 % apart. In the text',
    'forms the bounds of requests are 19 % apart from a quarter of a millisecond to a second, those of the stages queue and compute eight times, and the other',
    'stages have sums alone; bounds begin below the lowest observation. OpenMetrics also gets exemplars with the trace id of requests that bring a `traceparent`. Histograms are there',
    'from the first request of a version on. Names a request brings never become labels.',
    '',
    '## Of each servable with an objective',
    '',
    ...header,
    ...rows(servableMetrics),
    '',
    '## Of each version',
    '',
    ...header,
    ...rows(modelMetrics),
    '',
    '## Of the process',
    '',
    ...header,
    ...rows(processMetrics),
    '',
    'Beside these prom-client gives `process_…` (CPU, memory, file descriptors) and `nodejs_…` (heap, garbage collection).',
    '',
  ].join('\n');
}
