// One instance of a method with stages: as the methods of models, an instance is a sample, whose tensors lack the first dimension where the method's
// signature has it open; an instance with the whole shapes is taken as it is. Text and byte strings are BYTES of the method; what functions
// gave as text comes back as text.

import { ServingError } from '../../errors.ts';
import { shapeText } from '../../inference/dtype.ts';
import type { AnyTensor } from '../../inference/request.ts';
import type { MethodSignature, MethodTensor } from '../../model/served.ts';
import { quote } from '../../util/text.ts';
import { dtypeOf, nameOf } from './dtype.ts';
import type { InstanceMessage, TensorMessage } from './messages.ts';

/** An instance as the method takes it. */
export interface MethodSample {
  readonly tensors: readonly AnyTensor[];
  /** The first dimension was added, and is taken off what comes back. */
  readonly isRow: boolean;
}

const strings: ReadonlySet<string> = new Set(['MS_STRING', 'MS_BYTES']);

function refuse(name: string, what: string): never {
  throw new ServingError('INVALID_ARGUMENT', `input ${quote(name)}: ${what}`);
}

/** Reads an instance; throws INVALID_ARGUMENT or UNSUPPORTED. */
export function readMethodInstance(instance: InstanceMessage, { inputs }: MethodSignature): MethodSample {
  if (Object.keys(instance.output_buffers ?? {}).length > 0)
    throw new ServingError('UNSUPPORTED', 'output_buffers: shared memory is not supported');
  const given = inputs.map((spec) => {
    const tensor = instance.items[spec.name];
    if (tensor === undefined)
      refuse(spec.name, `missing, the method wants ${inputs.map(({ name }) => quote(name)).join(', ')}`);
    return readTensor(tensor, spec);
  });
  const isRow = given.some((tensor, i) => lacksRow(tensor, inputs[i] as MethodTensor));
  if (!isRow) return { tensors: given, isRow };
  const tensors = given.map((tensor, i) => {
    const { shape } = inputs[i] as MethodTensor;
    return shape !== null && tensor.shape.length < shape.length ? { ...tensor, shape: [1, ...tensor.shape] } : tensor;
  });
  return { tensors, isRow };
}

/** A single text may come with the shape [1], which is a list of one as well. */
function lacksRow({ dtype, shape }: AnyTensor, spec: MethodTensor): boolean {
  if (spec.shape?.[0] !== -1) return false;
  return shape.length === spec.shape.length - 1 || (dtype === 'BYTES' && spec.shape.length === 1 && shape[0] === 1);
}

function readTensor(tensor: TensorMessage, spec: MethodTensor): AnyTensor {
  const { name } = spec;
  if (tensor.shm_data !== undefined && tensor.shm_data !== null)
    throw new ServingError('UNSUPPORTED', `input ${quote(name)}: shared memory is not supported`);
  const shape = tensor.shape?.dims ?? [];
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0))
    refuse(name, `shape is ${shapeText(shape)}, want sizes of 0 or more`);
  if (strings.has(tensor.dtype)) {
    const items = tensor.bytes_val ?? [];
    // One value may come without its dimension.
    const whole = shape.length === 0 && spec.shape?.length === 1 && spec.shape[0] !== -1 ? [1] : shape;
    return { name, dtype: 'BYTES', shape: whole, bytes: packed(items), isText: tensor.dtype === 'MS_STRING' };
  }
  const dtype = dtypeOf(tensor.dtype);
  if (dtype === undefined) refuse(name, `datatype is ${tensor.dtype}, want ${theirName(spec.dtype)}`);
  return { name, dtype, shape, bytes: tensor.data ?? Buffer.alloc(0) };
}

function theirName(dtype: MethodTensor['dtype']): string {
  if (dtype === null) return 'a type of numbers, MS_STRING or MS_BYTES';
  return dtype === 'BYTES' ? 'MS_STRING or MS_BYTES' : (nameOf(dtype) ?? dtype);
}

/** Byte strings behind their lengths. */
function packed(items: readonly Buffer[]): Buffer {
  return Buffer.concat(
    items.flatMap((item) => {
      const head = Buffer.alloc(4);
      head.writeUInt32LE(item.length);
      return [head, item];
    }),
  );
}

/** The instance of what a method gave. */
export function writeMethodInstance(
  outputs: readonly AnyTensor[],
  signature: MethodSignature,
  isRow: boolean,
): InstanceMessage {
  const items: Record<string, TensorMessage> = {};
  for (const { name, dtype, shape, bytes, isText } of outputs) {
    const spec = signature.outputs.find((output) => output.name === name);
    const dims = isRow && spec?.shape?.[0] === -1 && shape[0] === 1 ? shape.slice(1) : shape;
    const theirs = dtype === 'BYTES' ? (isText === true ? 'MS_STRING' : 'MS_BYTES') : nameOf(dtype);
    if (theirs === undefined)
      throw new ServingError('UNSUPPORTED', `output ${quote(name)}: datatype ${dtype} has no counterpart`);
    const data = Buffer.from(bytes);
    items[name] =
      dtype === 'BYTES'
        ? { shape: { dims }, dtype: theirs, bytes_val: unpacked(data) }
        : { shape: { dims }, dtype: theirs, data };
  }
  return { items };
}

function unpacked(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    found.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return found;
}
