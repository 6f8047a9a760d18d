// What in a finished report deserves doubt.

import { type MachineFacts, noiseWarning } from '../machine/facts.ts';
import { significant } from '../terminal/format.ts';
import { baseline, type EngineRun, goodRun, type ModelRow } from './result.ts';

// Models are warmed before they are ready, so that no early request takes more than twice the mean.
const warmLimit = 2;

/** Reasons to doubt the figures, machine first, then per model. */
export function reportWarnings(
  machine: MachineFacts,
  maxLoad: number | undefined,
  models: readonly ModelRow[],
): string[] {
  const noise = noiseWarning(machine.load, machine.logicalCpus, maxLoad);
  const cold = models.flatMap((row) => row.runs.map((run) => coldWarning(row, run)));
  return [noise, ...cold, ...models.map(baselineWarning)].filter((text) => text !== '');
}

/** What is not optimised cannot be measured where only what is optimised is there. */
function baselineWarning(row: ModelRow): string {
  if (row.planFile !== true || goodRun(row, baseline) === undefined) return '';
  return `${row.name}/${row.version}: a plan file holds the graph as optimised, so ${baseline} is faster than the model's own graph; for that, measure the .mindir file`;
}

function coldWarning(row: ModelRow, run: EngineRun): string {
  const ratio = run.ok ? run.article.warmRatio : undefined;
  if (ratio === undefined || ratio <= warmLimit) return '';
  return `${row.name}/${row.version} on ${run.engine}: a skipped request took ${significant(ratio)} times the mean engine time, want at most ${warmLimit}`;
}
