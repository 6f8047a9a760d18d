// How far the outputs of a quantised model are from those of the model itself.

import { floatsOf } from './weights.ts';

/** Outputs of all samples. */
export interface Outputs {
  readonly values: readonly (readonly Float32Array[])[];
  readonly shapes: readonly (readonly (readonly number[])[])[];
}

export interface Likeness {
  /** The least and the mean over samples and outputs of cosine similarity. */
  readonly leastCosine: number;
  readonly cosine: number;
  /** Rows of the first output whose largest element is at the same place; undefined where rows have one element. */
  readonly agreeing: number | undefined;
  readonly rows: number;
}

/** The f32 outputs among a run's bytes. */
export const numbersOf = (outputs: readonly Uint8Array[], isFloat: readonly boolean[]): Float32Array[] =>
  outputs.map((bytes, i) => (isFloat[i] === true ? floatsOf(bytes) : new Float32Array()));

/** Cosine of the angle between two vectors; 1 for two of zeros. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  if (aa === 0 && bb === 0) return 1;
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}

/** Compares sample by sample. */
export function likeness(wanted: Outputs, found: Outputs): Likeness {
  let [least, sum, count, agreeing, rows] = [1, 0, 0, 0, 0];
  let wide = false;
  for (const [s, outputs] of wanted.values.entries()) {
    for (const [o, values] of outputs.entries()) {
      if (values.length === 0) continue;
      const value = cosine(values, found.values[s]?.[o] ?? new Float32Array(values.length));
      least = Math.min(least, value);
      sum += value;
      count += 1;
    }
    const [first, other] = [outputs[0] ?? new Float32Array(), found.values[s]?.[0] ?? new Float32Array()];
    const width = wanted.shapes[s]?.[0]?.at(-1) ?? 1;
    if (width < 2) continue;
    wide = true;
    for (let row = 0; row < first.length; row += width) {
      rows += 1;
      if (largestAt(first, row, width) === largestAt(other, row, width)) agreeing += 1;
    }
  }
  return { leastCosine: least, cosine: count === 0 ? 1 : sum / count, agreeing: wide ? agreeing : undefined, rows };
}

function largestAt(values: Float32Array, from: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) if ((values[from + i] ?? 0) > (values[from + best] ?? 0)) best = i;
  return best;
}
