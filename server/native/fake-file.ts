// The JSON that stands in for a MindIR file in tests.

import type { Signature } from './binding-types.ts';

export interface FakeModelFile extends Signature {
  /**
   * What the model computes for each output i from input min(i, last):
   * `copy` the same bytes; `double` twice each FP32 value; `nonzero` the non-zero FP32 values, so that the size of the
   * output depends on the data; `fail` nothing, ENGINE_FAILED instead.
   */
  readonly compute: 'copy' | 'double' | 'nonzero' | 'fail';
  /** Time one execution takes; 0 = the next turn of the event loop. */
  readonly computeMs?: number;
  readonly loadMs?: number;
  /** Files without which no execution, or no load, ends: a test makes them when it has seen what it waited for. */
  readonly gate?: string;
  readonly loadGate?: string;
  readonly loadError?: { readonly code: string; readonly message: string };
}

/** An error as the addon throws it. */
export function fakeError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Parses a fake model; anything that is none is an INVALID_MODEL, as a broken file would be. */
export function parseFakeModel(path: string, text: string): FakeModelFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw fakeError('INVALID_MODEL', `${path}: not a model`);
  }
  const file = parsed as Partial<FakeModelFile> | null;
  if (file === null || typeof file !== 'object' || !Array.isArray(file.inputs) || !Array.isArray(file.outputs)) {
    throw fakeError('INVALID_MODEL', `${path}: node "fake" (Fake): has no inputs and outputs`);
  }
  return { compute: 'copy', batched: false, ...file, inputs: file.inputs, outputs: file.outputs };
}

/** A model of one FP32 input `x` and one output `y` of the same shape that doubles every value. */
export function doublingModel(shape: readonly number[], options: Partial<FakeModelFile> = {}): FakeModelFile {
  return {
    inputs: [{ name: 'x', dtype: 'FP32', shape }],
    outputs: [{ name: 'y', dtype: 'FP32', shape }],
    batched: shape[0] === -1,
    compute: 'double',
    ...options,
  };
}
