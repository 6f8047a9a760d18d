// Checks a request against the signature of a method, and what a method came to against what it promises.

import type { MethodTensor } from '../config/servable-module/plan.ts';
import { countBytes } from '../config/servable-module/wire.ts';
import { ServingError } from '../errors.ts';
import { elementCount, elementSize, shapeText } from '../inference/dtype.ts';
import type { AnyTensor } from '../inference/request.ts';
import { quote } from '../util/text.ts';

/** A tensor between stages. */
export type StageTensor = Pick<AnyTensor, 'dtype' | 'shape' | 'bytes' | 'isText'>;

function fits(wanted: readonly number[], found: readonly number[]): boolean {
  return wanted.length === found.length && wanted.every((size, axis) => size === -1 || size === found[axis]);
}

/** What differs between a tensor and what is wanted; '' for nothing. */
export function tensorDifference(found: StageTensor, wanted: Pick<MethodTensor, 'dtype' | 'shape'>): string {
  if (wanted.dtype !== null && found.dtype !== wanted.dtype) return `datatype is ${found.dtype}, want ${wanted.dtype}`;
  if (wanted.shape !== null && !fits(wanted.shape, found.shape))
    return `shape is ${shapeText(found.shape)}, want ${shapeText(wanted.shape)}`;
  const elements = elementCount(found.shape);
  if (elements < 0) return `shape ${shapeText(found.shape)} has too many elements`;
  if (found.dtype === 'BYTES') {
    const count = countBytes(found.bytes);
    if (count < 0) return 'BYTES end inside an element';
    return count === elements ? '' : `${count} BYTES elements, want ${elements} for its shape`;
  }
  const bytes = elements * elementSize(found.dtype);
  return found.bytes.byteLength === bytes
    ? ''
    : `${found.bytes.byteLength} bytes of data, want ${bytes} for ${found.dtype} ${shapeText(found.shape)}`;
}

function nameList(tensors: readonly MethodTensor[]): string {
  return tensors.map(({ name }) => quote(name)).join(', ');
}

/** The tensors of a request in the order of the method's inputs, and the rows they have. Throws INVALID_ARGUMENT. */
export function bindInputs(
  wanted: readonly MethodTensor[],
  given: readonly AnyTensor[],
): { readonly inputs: readonly StageTensor[]; readonly rows: number } {
  const refuse = (name: string, what: string): never => {
    throw new ServingError('INVALID_ARGUMENT', `input ${quote(name)}: ${what}`);
  };
  const inputs = new Array<StageTensor | undefined>(wanted.length).fill(undefined);
  for (const tensor of given) {
    const index = wanted.findIndex(({ name }) => name === tensor.name);
    const spec = wanted[index];
    if (spec === undefined) return refuse(tensor.name, `the method has no such input, it has ${nameList(wanted)}`);
    if (inputs[index] !== undefined) refuse(tensor.name, 'given twice');
    const difference = tensorDifference(tensor, spec);
    if (difference !== '') refuse(tensor.name, difference);
    inputs[index] = tensor;
  }
  const missing = wanted.find((_, index) => inputs[index] === undefined);
  if (missing !== undefined) refuse(missing.name, `missing, the method wants ${nameList(wanted)}`);
  const open = wanted.every(({ shape }) => shape?.[0] === -1);
  return { inputs: inputs as StageTensor[], rows: open ? (inputs[0]?.shape[0] ?? 1) : 1 };
}

/** Places of the outputs wanted, in the order wanted. Throws INVALID_ARGUMENT. */
export function chooseOutputs(
  outputs: readonly MethodTensor[],
  names: readonly string[] | undefined,
): readonly number[] {
  if (names === undefined) return outputs.map((_, index) => index);
  return names.map((name, at) => {
    const index = outputs.findIndex((output) => output.name === name);
    const what = index < 0 ? `the method has no such output, it has ${nameList(outputs)}` : 'requested twice';
    if (index < 0 || names.indexOf(name) !== at)
      throw new ServingError('INVALID_ARGUMENT', `output ${quote(name)}: ${what}`);
    return index;
  });
}
