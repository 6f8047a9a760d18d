// One instance to the inputs of its model, and outputs back to an instance.

import { ServingError } from '../../errors.ts';
import { shapeText } from '../../inference/dtype.ts';
import type { AnyTensor, NamedTensor } from '../../inference/request.ts';
import type { ServedMethod } from '../../model/served.ts';
import type { Signature, TensorSpec } from '../../native/binding-types.ts';
import { quote } from '../../util/text.ts';
import { dtypeOf, nameOf } from './dtype.ts';
import type { InstanceMessage, TensorMessage } from './messages.ts';

function refuse(name: string, what: string): never {
  throw new ServingError('INVALID_ARGUMENT', `input ${quote(name)}: ${what}`);
}

/** The tensors of an instance in the model's order, as they came: of one sample, unless they have the model's whole shape. */
export function readInstance(instance: InstanceMessage, method: ServedMethod, signature: Signature): NamedTensor[] {
  if (Object.keys(instance.output_buffers ?? {}).length > 0)
    throw new ServingError('UNSUPPORTED', 'output_buffers: shared memory is not supported');
  return signature.inputs.map((spec, index) => {
    const name = method.inputs[index] ?? spec.name;
    const tensor = instance.items[name];
    if (tensor === undefined) refuse(name, `missing, the method wants ${method.inputs.map(quote).join(', ')}`);
    return readTensor(name, tensor, spec);
  });
}

function readTensor(name: string, tensor: TensorMessage, spec: TensorSpec): NamedTensor {
  if (tensor.shm_data !== undefined && tensor.shm_data !== null)
    throw new ServingError('UNSUPPORTED', `input ${quote(name)}: shared memory is not supported`);
  const dtype = dtypeOf(tensor.dtype);
  if (dtype === undefined) refuse(name, `datatype is ${tensor.dtype}, want ${nameOf(spec.dtype) ?? spec.dtype}`);
  const shape = tensor.shape?.dims ?? [];
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0))
    refuse(name, `shape is ${shapeText(shape)}, want sizes of 0 or more`);
  return { name: spec.name, dtype, shape, bytes: tensor.data ?? Buffer.alloc(0) };
}

/** The tensor with the batch dimension in front that its sample lacks; as it is where it has the model's rank. */
export function withRow(tensor: NamedTensor, spec: TensorSpec): NamedTensor {
  if (spec.shape === null || tensor.shape.length !== spec.shape.length - 1) return tensor;
  return { ...tensor, shape: [1, ...tensor.shape] };
}

/** An instance of outputs; `row` of `rows`, without the batch dimension, where the run had several samples. */
export function writeInstance(
  outputs: readonly AnyTensor[],
  method: ServedMethod,
  row: number,
  rows: number,
): InstanceMessage {
  const items: Record<string, TensorMessage> = {};
  outputs.forEach((output, index) => {
    const name = method.outputs[index];
    if (name === undefined || name === '_') return;
    const dtype = output.dtype === 'BYTES' ? undefined : nameOf(output.dtype);
    if (dtype === undefined)
      throw new ServingError('UNSUPPORTED', `output ${quote(name)}: datatype ${output.dtype} has no counterpart`);
    const size = rows === 0 ? output.bytes.byteLength : output.bytes.byteLength / rows;
    const data = Buffer.from(output.bytes.subarray(row * size, (row + 1) * size));
    items[name] = { shape: { dims: rows === 0 ? output.shape : output.shape.slice(1) }, dtype, data };
  });
  return { items };
}
