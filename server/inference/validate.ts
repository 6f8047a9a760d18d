// Checks a request against a signature and puts it into signature order. Pure: no state, no clock.

import { ServingError } from '../errors.ts';
import type { Signature, TensorSpec } from '../native/binding-types.ts';
import { quote } from '../util/text.ts';
import { elementCount, elementSize, shapeText } from './dtype.ts';
import type { AnyTensor, OutputSpec } from './request.ts';

/** Which outputs are wanted. */
export interface Wanted {
  /** Indices into the signature's outputs, in the order wanted. */
  readonly outputs: readonly number[];
  /** For each of them its place among the wanted ones in signature order, which is the order native code reports in. */
  readonly slots: readonly number[];
}

/** A request as the engine wants it: everything in signature order. */
export interface Bound {
  readonly inputs: Uint8Array[];
  readonly shapes: (readonly number[])[];
  readonly wanted: Wanted;
  /** Rows of the batch dimension; 1 for models without one. */
  readonly rows: number;
  /** What is known of the wanted outputs; undefined when a size is known only after execution. */
  readonly specs: readonly OutputSpec[] | undefined;
  readonly bytes: number;
}

/** Outputs beyond this are left to native code to allocate: it knows whether they are possible at all. */
const MAX_PLACED = 2 ** 31 - 2 ** 20;

function refuse(message: string): never {
  throw new ServingError('INVALID_ARGUMENT', message);
}

function nameList(specs: readonly TensorSpec[]): string {
  return (
    specs
      .map((spec) => quote(spec.name))
      .slice(0, 16)
      .join(', ') || 'none'
  );
}

/** Validates a request; throws INVALID_ARGUMENT naming the tensor, what was found and what was wanted. */
export function bind(
  signature: Signature,
  tensors: readonly AnyTensor[],
  outputs: readonly string[] | undefined,
): Bound {
  const count = signature.inputs.length;
  const inputs = new Array<Uint8Array>(count);
  const shapes = new Array<readonly number[]>(count);
  let bytes = 0;
  for (const tensor of tensors) {
    const index = signature.inputs.findIndex((spec) => spec.name === tensor.name);
    const spec = signature.inputs[index];
    if (spec === undefined)
      refuse(`input ${quote(tensor.name)}: the model has no such input, it has ${nameList(signature.inputs)}`);
    if (inputs[index] !== undefined) refuse(`input ${quote(tensor.name)}: given twice`);
    checkTensor(spec, tensor);
    inputs[index] = tensor.bytes;
    shapes[index] = isScalarFor(spec, tensor) ? kOneElement : tensor.shape;
    bytes += tensor.bytes.byteLength;
  }
  if (tensors.length < count) {
    const missing = signature.inputs.filter((_, index) => inputs[index] === undefined);
    refuse(`input ${quote(missing[0]?.name ?? '')}: missing, the model wants ${nameList(signature.inputs)}`);
  }
  const rows = signature.batched ? commonRows(signature, shapes) : 1;
  const wanted = chooseOutputs(signature, outputs);
  return { inputs, shapes, wanted, rows, specs: outputSpecs(signature, wanted, rows), bytes };
}

const kOneElement: readonly number[] = [1];

/** Files up to MindSpore 1.3 declare an input of rank 0 as [1]; a client may send rank 0 for its single element. */
function isScalarFor(spec: TensorSpec, tensor: AnyTensor): boolean {
  return tensor.shape.length === 0 && spec.shape?.length === 1 && spec.shape[0] === 1;
}

function checkTensor(spec: TensorSpec, tensor: AnyTensor): void {
  if (tensor.dtype !== spec.dtype) refuse(`input ${quote(spec.name)}: datatype is ${tensor.dtype}, want ${spec.dtype}`);
  if (spec.shape !== null && !fits(spec.shape, tensor.shape) && !isScalarFor(spec, tensor)) {
    refuse(`input ${quote(spec.name)}: shape is ${shapeText(tensor.shape)}, want ${shapeText(spec.shape)}`);
  }
  const elements = elementCount(tensor.shape);
  if (elements < 0) refuse(`input ${quote(spec.name)}: shape ${shapeText(tensor.shape)} has too many elements`);
  const wanted = elements * elementSize(spec.dtype);
  if (tensor.bytes.byteLength !== wanted) {
    refuse(
      `input ${quote(spec.name)}: ${tensor.bytes.byteLength} bytes of data, want ${wanted} for ${spec.dtype} ${shapeText(tensor.shape)}`,
    );
  }
}

function fits(wanted: readonly number[], found: readonly number[]): boolean {
  if (wanted.length !== found.length) return false;
  for (let axis = 0; axis < wanted.length; axis++) {
    if (wanted[axis] !== found[axis] && wanted[axis] !== -1) return false;
  }
  return true;
}

function commonRows(signature: Signature, shapes: readonly (readonly number[])[]): number {
  const rows = shapes[0]?.[0] ?? 1;
  for (let index = 1; index < shapes.length; index++) {
    const found = shapes[index]?.[0];
    if (found !== rows) {
      refuse(
        `input ${quote(signature.inputs[index]?.name ?? '')}: batch size is ${found}, want ${rows} as in input ${quote(signature.inputs[0]?.name ?? '')}`,
      );
    }
  }
  return rows;
}

const everyOutput = new WeakMap<Signature, Wanted>();

function allOutputs(signature: Signature): Wanted {
  let all = everyOutput.get(signature);
  if (all === undefined) {
    const outputs = signature.outputs.map((_, index) => index);
    all = { outputs, slots: outputs };
    everyOutput.set(signature, all);
  }
  return all;
}

function chooseOutputs(signature: Signature, names: readonly string[] | undefined): Wanted {
  if (names === undefined) return allOutputs(signature);
  const outputs: number[] = [];
  for (const name of names) {
    const index = signature.outputs.findIndex((spec) => spec.name === name);
    if (index < 0) refuse(`output ${quote(name)}: the model has no such output, it has ${nameList(signature.outputs)}`);
    if (outputs.includes(index)) refuse(`output ${quote(name)}: requested twice`);
    outputs.push(index);
  }
  const ordered = [...outputs].sort((a, b) => a - b);
  return { outputs, slots: outputs.map((index) => ordered.indexOf(index)) };
}

function outputSpecs(signature: Signature, wanted: Wanted, rows: number): readonly OutputSpec[] | undefined {
  const specs: OutputSpec[] = [];
  for (const index of wanted.outputs) {
    const spec = signature.outputs[index];
    if (spec === undefined || spec.shape === null) return undefined;
    const shape = signature.batched && spec.shape[0] === -1 ? [rows, ...spec.shape.slice(1)] : spec.shape;
    if (shape.includes(-1)) return undefined;
    const elements = elementCount(shape);
    const byteLength = elements * elementSize(spec.dtype);
    if (elements < 0 || byteLength > MAX_PLACED) return undefined;
    specs.push({ name: spec.name, dtype: spec.dtype, shape, byteLength });
  }
  return specs;
}
