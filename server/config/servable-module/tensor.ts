// Tensors as functions of a servable_config.mjs see them.

import { elementNames, elementTypes, ofElements } from '../../util/element-types.ts';
import type { TensorType } from './plan.ts';

/** Elements as a typed array; FP16 and BF16 are the bits of each element, BOOL is 0 and 1, BYTES a list. */
export type TensorData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly (Uint8Array | string)[];

/** Elements in rows, the last dimension going fastest. */
export interface Tensor {
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

type Numbers = Exclude<TensorData, readonly (Uint8Array | string)[]>;

/** What makes typed arrays over a buffer. */
interface ArrayMaker {
  new (buffer: ArrayBuffer, offset: number, length: number): Numbers;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
}

/** Typed arrays by element type. */
export const arrays: Readonly<Record<Exclude<TensorType, 'BYTES'>, ArrayMaker>> = Object.fromEntries(
  ofElements(({ array }) => array as ArrayMaker),
) as Record<Exclude<TensorType, 'BYTES'>, ArrayMaker>;

/** The element type an array has when none is named: not one whose elements are bits. */
const typeOfArray: ReadonlyMap<unknown, TensorType> = new Map(
  elementNames
    .filter((name) => !['BOOL', 'FP16', 'BF16'].includes(name))
    .map((name) => [elementTypes[name].array, name]),
);

/**
 * Makes a tensor. Without `shape` it has one dimension, without `dtype` the type of the array: FP32 for a Float32Array, BYTES for a
 * list of texts or byte strings. Throws TypeError where the data and the shape do not fit.
 */
export function tensor(data: TensorData, shape?: readonly number[], dtype?: TensorType): Tensor {
  const type = dtype ?? (Array.isArray(data) ? 'BYTES' : typeOfArray.get(Object.getPrototypeOf(data)?.constructor));
  if (type === undefined) throw new TypeError('tensor: the data is neither a typed array nor a list of byte strings');
  const made = { dtype: type, shape: shape ?? [data.length], data };
  const problem = tensorProblem(made);
  if (problem !== '') throw new TypeError(`tensor: ${problem}`);
  return made;
}

/** What is wrong with something that should be a tensor; '' for nothing. */
export function tensorProblem(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `found ${kindOf(value)}, want a tensor`;
  const { dtype, shape, data } = value as Partial<Tensor>;
  if (typeof dtype !== 'string' || !(dtype === 'BYTES' || Object.hasOwn(arrays, dtype)))
    return `dtype is ${JSON.stringify(dtype) ?? 'missing'}, want FP32, INT64, BYTES or another element type`;
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    return `shape is ${JSON.stringify(shape) ?? 'missing'}, want a list of sizes`;
  const count = shape.reduce((product, size) => product * size, 1);
  if (dtype === 'BYTES') {
    if (!Array.isArray(data) || !data.every((item) => typeof item === 'string' || item instanceof Uint8Array))
      return `data of BYTES is ${kindOf(data)}, want a list of texts or byte strings`;
  } else if (!(data instanceof arrays[dtype as keyof typeof arrays])) {
    return `data of ${dtype} is ${kindOf(data)}, want ${arrays[dtype as keyof typeof arrays].name}`;
  }
  const { length } = data as { readonly length: number };
  return length === count ? '' : `data has ${length} elements, want ${count} for shape [${shape.join(',')}]`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return Object.getPrototypeOf(value)?.constructor?.name ?? 'an object';
}

/** Thrown by a stage's function: the request is at fault, and its caller reads the message. */
export class InvalidArgument extends Error {
  override readonly name = 'InvalidArgument';
}
