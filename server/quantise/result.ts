// What a quantisation tells.

import type { Likeness } from './compare.ts';
import type { RangeMethod } from './ranges.ts';
import type { Timed } from './timing.ts';

/** How like the f32 model another one is. */
export interface Agreement {
  /** Mean and least cosine similarity of outputs, over all samples. */
  readonly cosine: number;
  readonly least_cosine: number;
  /** Predictions that are the same; null where the output has none. */
  readonly top1: { readonly equal: number; readonly of: number } | null;
}

/** A likeness as it is told. */
export const agreement = ({ cosine, leastCosine, agreeing, rows }: Likeness): Agreement => ({
  cosine,
  least_cosine: leastCosine,
  top1: agreeing === undefined ? null : { equal: agreeing, of: rows },
});

export interface QuantiseResult extends Timed, Agreement {
  readonly file: string;
  readonly method: RangeMethod;
  readonly samples: number;
  /** Nodes that are computed in 8 bits. */
  readonly quantised: readonly string[];
  readonly kept: readonly { readonly node: string; readonly reason: string }[];
  /** What the model with everything in 8 bits was like, but for what was named to stay. */
  readonly everywhere: Agreement;
  readonly bytes: { readonly before: number; readonly after: number };
}
