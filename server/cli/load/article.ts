// The article's rule: one request after another, the first two not counted, the mean of the next ten.

import type { ServerTimes } from '../client/times.ts';

/** Requests sent and left out, and requests averaged. */
export const skippedRequests = 2;
export const countedRequests = 10;

/** Times of one request: what the client saw, and what the engine took inside the server. */
export interface ArticleSample {
  readonly responseMs: number;
  readonly engineMs: number | undefined;
  readonly times: ServerTimes | undefined;
}

/** All twelve requests and the means over the counted ten. */
export interface ArticleResult {
  readonly skipped: readonly ArticleSample[];
  readonly counted: readonly ArticleSample[];
  readonly meanResponseMs: number;
  /** Undefined when the server returned no stage times. */
  readonly meanEngineMs: number | undefined;
  /** Largest engine time of the skipped requests over the mean: warm models stay below 2. */
  readonly warmRatio: number | undefined;
}

/** One inference as the rule times it. */
export type ArticleCall = (
  index: number,
) => Promise<{ readonly responseMs: number; readonly times: ServerTimes | undefined }>;

/** Sends the twelve requests; any failure fails the measurement. */
export async function measureArticle(call: ArticleCall): Promise<ArticleResult> {
  const samples: ArticleSample[] = [];
  for (let index = 0; index < skippedRequests + countedRequests; index++) {
    const { responseMs, times } = await call(index);
    samples.push({ responseMs, engineMs: times?.computeInferMs, times });
  }
  return summarise(samples);
}

/** Applies the rule to twelve samples in the order they were sent. */
export function summarise(samples: readonly ArticleSample[]): ArticleResult {
  const skipped = samples.slice(0, skippedRequests);
  const counted = samples.slice(skippedRequests);
  const engine = samples.map((sample) => sample.engineMs);
  const meanEngineMs = engine.every((ms) => ms !== undefined) ? mean(engine.slice(skippedRequests)) : undefined;
  const slowest = Math.max(...skipped.map((sample) => sample.engineMs ?? Number.NaN));
  return {
    skipped,
    counted,
    meanResponseMs: mean(counted.map((sample) => sample.responseMs)),
    meanEngineMs,
    warmRatio: meanEngineMs === undefined || meanEngineMs === 0 ? undefined : slowest / meanEngineMs,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
