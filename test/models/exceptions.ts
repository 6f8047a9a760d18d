// Operator cases that do not match: those that cannot be served yet, and those whose reference is wrong.

import type { NpyArray } from '../../server/npz/npy.ts';

/** Cases that are refused, with the MindIR primitive the refusal names. */
export const refused: ReadonlyMap<string, string> = new Map([['graph_stateful_counter', 'Assign']]);

/** What the first output should be, given the first input, where the recorded one contradicts the operator's meaning. */
export const corrected: ReadonlyMap<string, (input: NpyArray) => NpyArray> = new Map([
  // x[..., 1:3, newaxis] of [2,3,4]: MindSpore's CPU kernel applies the range to the second axis and drops the rest.
  ['strided_slice_ellipsis_newaxis', lastAxisRange],
]);

/** Elements 1 and 2 of each row of four, with an axis of size one at the end. */
function lastAxisRange({ dtype, shape, bytes }: NpyArray): NpyArray {
  const rows = Array.from({ length: bytes.length / 16 }, (_, row) => bytes.subarray(row * 16 + 4, row * 16 + 12));
  return { dtype, shape: [...shape.slice(0, -1), 2, 1], bytes: Uint8Array.from(Buffer.concat(rows)) };
}
