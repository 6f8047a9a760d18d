// Output tensors as text and as JSON.

import type { NamedTensor } from '../../inference/request.ts';
import { formatShape } from '../../util/shape.ts';
import { elements, largest } from './element.ts';

const shownValues = 8;
const shownLargest = 3;
const jsonValues = 4096;

/** One output in JSON output; `values` only when the tensor is small. */
export interface TensorJson {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values?: readonly (number | string | boolean)[];
}

/** A tensor for JSON; what JSON cannot hold (NaN, infinities, wide integers) becomes a string. */
export function tensorJson(tensor: NamedTensor): TensorJson {
  const { name, dtype, shape } = tensor;
  const count = shape.reduce((product, size) => product * size, 1);
  if (count > jsonValues) return { name, dtype, shape };
  return { name, dtype, shape, values: elements(tensor).map(jsonValue) };
}

function jsonValue(value: number | bigint | boolean): number | string | boolean {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** Type, shape, the first values, and for a single row the positions of the largest values. */
export function describeTensor(tensor: NamedTensor): string {
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  const shown = elements(tensor, shownValues).map(shortValue).join(' ');
  const lines = [
    `${tensor.name}  ${tensor.dtype} ${formatShape(tensor.shape)}  ${shown}${count > shownValues ? ' …' : ''}`,
  ];
  if (isRow(tensor)) {
    const top = largest(tensor, shownLargest).map(({ index, value }) => `${index} (${shortValue(value)})`);
    lines.push(`  largest at ${top.join(', ')}`);
  }
  return lines.join('\n');
}

/** The position of the largest value of a tensor with one row of scores; undefined for other tensors. */
export function predictedClass(tensor: NamedTensor | undefined): number | undefined {
  return tensor !== undefined && isRow(tensor) ? largest(tensor, 1)[0]?.index : undefined;
}

function isRow(tensor: NamedTensor): boolean {
  const width = tensor.shape.at(-1) ?? 1;
  return width > 1 && tensor.dtype !== 'BOOL' && tensor.shape.slice(0, -1).every((size) => size === 1);
}

function shortValue(value: number | bigint | boolean): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(5) : String(value);
}
