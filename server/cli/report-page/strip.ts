// The twelve requests of one run as dots on a line from half the mean to twice the mean: rings are skipped, discs are
// counted, the upright mark is the mean. The scale is logarithmic, so the mean stands in the middle; times outside sit at
// the ends. A warm model has no dot at the right end.

import type { ArticleResult } from '../load/article.ts';

const width = 190;
const height = 18;
const inset = 6;

/** An SVG element of one run's engine times; empty when the server returned none. */
export function dotStrip(article: ArticleResult, engine: number): string {
  const { meanEngineMs } = article;
  if (meanEngineMs === undefined || meanEngineMs === 0) return '';
  const skipped = article.skipped.map((sample) => sample.engineMs ?? 0);
  const counted = article.counted.map((sample) => sample.engineMs ?? 0);
  const x = (ms: number) => {
    const octaves = Math.max(-1, Math.min(1, Math.log2(ms / meanEngineMs)));
    return (inset + ((octaves + 1) / 2) * (width - 2 * inset)).toFixed(1);
  };
  const middle = height / 2;
  const rings = skipped.map((ms) => `<circle class="skipped" cx="${x(ms)}" cy="${middle}" r="3.5"/>`);
  const discs = counted.map(
    (ms) => `<circle class="e${engine % 4}" cx="${x(ms)}" cy="${middle}" r="3.5" fill-opacity="0.55"/>`,
  );
  const mean = x(meanEngineMs);
  const axis = `<line class="rule" x1="0" x2="${width}" y1="${middle}" y2="${middle}"/>`;
  const mark = `<line class="mark" x1="${mean}" x2="${mean}" y1="1" y2="${height - 1}"/>`;
  return `<svg class="strip" viewBox="0 0 ${width} ${height}">${axis}${rings.join('')}${discs.join('')}${mark}</svg>`;
}
