// Compares a tensor with the one MindSpore computed: |a - b| <= atol + rtol * |b| for floating point, equality for the rest.

import { elements } from '../../server/cli/tensor/element.ts';
import type { NpyArray } from '../../server/npz/npy.ts';

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

const kFloating: ReadonlySet<string> = new Set(['FP16', 'BF16', 'FP32', 'FP64']);

function close(a: number, b: number, { rtol, atol }: Tolerance): boolean {
  return (
    a === b ||
    (Number.isNaN(a) && Number.isNaN(b)) ||
    (Number.isFinite(b) && Math.abs(a - b) <= atol + rtol * Math.abs(b))
  );
}

/** What differs, or undefined. */
export function difference(found: NpyArray, wanted: NpyArray, tolerance: Tolerance): string | undefined {
  if (found.dtype !== wanted.dtype) return `is ${found.dtype}, want ${wanted.dtype}`;
  if (found.shape.join() !== wanted.shape.join())
    return `has shape [${found.shape.join()}], want [${wanted.shape.join()}]`;
  const got = elements(found);
  const want = elements(wanted);
  if (got.length !== want.length) return `has ${got.length} elements, want ${want.length}`;
  const same = kFloating.has(wanted.dtype)
    ? (i: number): boolean => close(Number(got[i]), Number(want[i]), tolerance)
    : (i: number): boolean => got[i] === want[i];
  const wrong = want.findIndex((_, i) => !same(i));
  if (wrong < 0) return undefined;
  return `element ${wrong} of ${want.length} is ${got[wrong]}, want ${want[wrong]} (rtol ${tolerance.rtol}, atol ${tolerance.atol})`;
}

/** The cosine of the angle between two tensors of one type and shape, taken as vectors; throws where they are not. */
export function cosine(found: NpyArray, wanted: NpyArray): number {
  if (found.dtype !== wanted.dtype || found.shape.join() !== wanted.shape.join())
    throw new Error(`${found.dtype} [${found.shape.join()}], want ${wanted.dtype} [${wanted.shape.join()}]`);
  const a = [...elements(found)].map(Number);
  const b = [...elements(wanted)].map(Number);
  const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, v, i) => sum + v * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
