// Bounds of the text form's buckets. They are edges of the ledger's cells, so that text and native histograms agree. Where latencies of
// inference lie bounds are 19 % apart, so that a percentile can be trusted; elsewhere they are far apart.
//
// A scrape leaves out the bounds below the lowest observation but one: their counts are 0, so a sum over instances lacks nothing. Those
// above cannot be left out, as a sum would then lack counts.

import { cellCount, placeOfEdge, upperEdge } from '../../ledger/cells.ts';

export interface Edges {
  /** Places of the cells whose upper edges are bounds, ascending; the last is that of infinity. */
  readonly places: readonly number[];
  /** Values of the label `le`. */
  readonly texts: readonly string[];
}

/** Shortest text of a bound, always a float: OpenMetrics wants it, and a series must not change its name with the format. */
function boundText(seconds: number): string {
  if (seconds === Number.POSITIVE_INFINITY) return '+Inf';
  const text = String(Number(seconds.toPrecision(6)));
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Bounds from 2^from to 2^to seconds, each 2^step of the one before. */
function range(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => placeOfEdge(from + i * step));
}

function edges(...ranges: readonly (readonly number[])[]): Edges {
  const places = [...ranges.flat(), cellCount - 1];
  return { places, texts: places.map((place) => boundText(upperEdge(place))) };
}

/** Of whole requests: a quarter of a millisecond to a second by quarters of a doubling, around that by doublings. */
export const requestEdges: Edges = edges(range(-16, -13, 1), range(-12, 0, 0.25), range(1, 5, 1));

/** Of the stages that make requests late, queue and compute: 30 µs to 8 s, eight times apart. */
export const stageEdges: Edges = edges(range(-15, 3, 3));

/** Of stages whose sum is enough to tell where the time goes. Native histograms have all of every stage. */
export const noEdges: Edges = edges();

/** Of stages on a device, where a dispatch takes microseconds: by doublings. */
export const deviceEdges: Edges = edges(range(-20, 2, 1));
