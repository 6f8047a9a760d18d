// Sizes of the element types and the arithmetic on shapes that has to stay exact.

import type { DType } from '../native/binding-types.ts';
import { elementNames, elementTypes } from '../util/element-types.ts';

/** Bytes of one element. */
export function elementSize(dtype: DType): number {
  return elementTypes[dtype].bytes;
}

/** The types a tensor of a request may have, for messages. */
export const knownTypes: string = [...elementNames, 'BYTES'].join(', ');

/** True for the spelling of an element type a signature can have (BYTES is not one). */
export function isDType(text: string): text is DType {
  return Object.hasOwn(elementTypes, text);
}

/** Number of elements of a shape with all sizes known, or -1 when it is beyond exact integers. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  let empty = false;
  for (const size of shape) {
    if (size === 0) empty = true;
    else count *= size;
    if (count > Number.MAX_SAFE_INTEGER) return empty || shape.includes(0) ? 0 : -1;
  }
  return empty ? 0 : count;
}

/** `[1,3,224,224]`, cut when it is absurdly long. */
export function shapeText(shape: readonly number[] | null): string {
  if (shape === null) return 'any shape';
  const shown = shape.length > 16 ? [...shape.slice(0, 16), '…'] : shape;
  return `[${shown.join(',')}]`;
}
