// Times of two models, run in turns, so that a machine that changes its speed does so for both.

import type { Running } from './runner.ts';
import type { Sample } from './samples.ts';

/** Milliseconds of one run. */
export interface Times {
  readonly least: number;
  readonly median: number;
}

export interface Timed {
  readonly ms: { readonly before: Times; readonly after: Times };
  /** How the quantised model is computed: "cpu: int8 in 5 of 5 products". */
  readonly computed: readonly string[];
}

const mostRounds = 50;
const enoughNs = 2e9;

/** Runs both models in turns, two seconds or fifty rounds, three at least. */
export async function timeModels(before: Running, after: Running, samples: readonly Sample[]): Promise<Timed> {
  const times: readonly [number[], number[]] = [[], []];
  let spent = 0;
  for (let round = 0; round < mostRounds && (round < 3 || spent < enoughNs); round++) {
    const sample = samples[round % samples.length];
    if (sample === undefined) break;
    for (const [index, model] of [before, after].entries()) {
      const { computeNs } = await model.run(sample);
      times[index]?.push(computeNs / 1e6);
      spent += computeNs;
    }
  }
  return { ms: { before: summary(times[0]), after: summary(times[1]) }, computed: after.precisions() };
}

function summary(values: readonly number[]): Times {
  const sorted = [...values].sort((a, b) => a - b);
  return { least: sorted[0] ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0 };
}
