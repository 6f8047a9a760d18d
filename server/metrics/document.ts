// docs/METRICS.md, from the table of metrics.

import type { MetricSpec } from './table.ts';
import { batchBounds, durationBounds, modelMetrics, processMetrics } from './table.ts';

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
    `Duration histograms have the upper bounds ${durationBounds.join(', ')} seconds; batch sizes ${batchBounds.join(', ')} rows.`,
    'Names a request brings never become labels.',
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
  ].join('\n');
}
