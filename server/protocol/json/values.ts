// Values of a JSON array → bytes of a tensor. Nested arrays must have the tensor's shape; a flat one has its elements in row-major order.

import { ServingError } from '../../errors.ts';
import { elementSize, shapeText } from '../../inference/dtype.ts';
import type { TensorType } from '../../inference/request.ts';
import type { DType } from '../../native/binding-types.ts';
import { elementTypes } from '../../util/element-types.ts';
import { plural, quote } from '../../util/text.ts';

/** An integer that a double may not hold exactly was found: the JSON has to be read exactly. */
export class InexactInteger extends Error {}

export interface Wanted {
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  /** Product of the shape. */
  readonly elements: number;
  /** Most bytes that may be made. */
  readonly budget: number;
  /** Names the tensor in errors. */
  readonly place: string;
  /** Integers beyond 2^53 come as bigint. */
  readonly exact: boolean;
}

type Numbers = Exclude<InstanceType<(typeof elementTypes)[DType]['array']>, BigInt64Array | BigUint64Array>;

function refuse(wanted: Wanted, what: string): never {
  throw new ServingError('INVALID_ARGUMENT', `${wanted.place}: ${what}`);
}

/** The bytes; throws INVALID_ARGUMENT, TOO_LARGE or InexactInteger. */
export function tensorBytes(data: unknown, wanted: Wanted): Uint8Array {
  const { dtype, elements, budget } = wanted;
  if (dtype === 'FP16' || dtype === 'BF16') refuse(wanted, `${dtype} has no form in JSON, want binary data`);
  if (!Array.isArray(data)) refuse(wanted, 'data is no array');
  const nested = Array.isArray(data[0]);
  if (nested) checkNested(data, 0, wanted);
  else if (data.length !== elements)
    refuse(wanted, `${plural(data.length, 'value')} in data, want ${elements} for its shape`);
  if (dtype === 'BYTES') return byteStrings(nested ? data.flat(wanted.shape.length) : data, wanted);
  const size = elements * elementSize(dtype);
  if (size > budget) throw tooLarge(size, wanted);
  const memory = new ArrayBuffer(size);
  const put = writer(memory, wanted);
  if (nested) writeNested(data, { at: 0 }, put);
  else for (let i = 0; i < elements; i++) put(data[i], i);
  return new Uint8Array(memory);
}

function tooLarge(size: number, { place, budget }: Wanted): ServingError {
  return new ServingError('TOO_LARGE', `${place}: ${size} bytes, the limit is ${budget}; send binary data`);
}

/** Strings as UTF-8, each behind its length in four bytes. */
function byteStrings(data: readonly unknown[], wanted: Wanted): Uint8Array {
  let size = 0;
  data.forEach((value, at) => {
    if (typeof value !== 'string') wrong(value, at, wanted);
    size += 4 + Buffer.byteLength(value);
  });
  if (size > wanted.budget) throw tooLarge(size, wanted);
  const bytes = Buffer.allocUnsafe(size);
  let pos = 0;
  for (const value of data as readonly string[]) {
    const length = bytes.write(value, pos + 4);
    pos = bytes.writeUInt32LE(length, pos) + length;
  }
  return bytes;
}

function checkNested(data: readonly unknown[], axis: number, wanted: Wanted): void {
  const { shape } = wanted;
  const size = shape[axis];
  if (size === undefined) refuse(wanted, `data is nested deeper than its shape ${shapeText(shape)}`);
  if (data.length !== size)
    refuse(
      wanted,
      `${plural(data.length, 'entry')} along dimension ${axis} of data, want ${size}`.replace('entrys', 'entries'),
    );
  const last = axis === shape.length - 1;
  for (const inner of data) {
    if (Array.isArray(inner) === last) refuse(wanted, `data is not nested as its shape ${shapeText(shape)} is`);
    if (Array.isArray(inner)) checkNested(inner, axis + 1, wanted);
  }
}

type Put = (value: unknown, at: number) => void;

function writeNested(data: readonly unknown[], place: { at: number }, put: Put): void {
  for (const inner of data) {
    if (Array.isArray(inner)) writeNested(inner, place, put);
    else put(inner, place.at++);
  }
}

function writer(memory: ArrayBuffer, wanted: Wanted): Put {
  const { dtype } = wanted;
  const { array, range } = elementTypes[dtype as DType];
  if (range !== undefined) return integerWriter(new array(memory) as Numbers, range[0], range[1], wanted);
  if (dtype === 'BOOL') return boolWriter(new Uint8Array(memory), wanted);
  if (dtype === 'INT64') return longWriter(new BigInt64Array(memory), -(2n ** 63n), 2n ** 63n - 1n, wanted);
  if (dtype === 'UINT64') return longWriter(new BigUint64Array(memory), 0n, 2n ** 64n - 1n, wanted);
  const out = dtype === 'FP32' ? new Float32Array(memory) : new Float64Array(memory);
  return (value, at) => {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number !== 'number') wrong(value, at, wanted);
    out[at] = number;
    // Beyond the range it would become an infinity, which JSON has no word for.
    if (!Number.isFinite(out[at])) beyond(value, at, wanted);
  };
}

function integerWriter(out: Numbers, least: number, most: number, wanted: Wanted): Put {
  return (value, at) => {
    if (!Number.isInteger(value)) {
      if (typeof value === 'bigint') beyond(value, at, wanted);
      wrong(value, at, wanted);
    }
    if ((value as number) < least || (value as number) > most) beyond(value, at, wanted);
    out[at] = value as number;
  };
}

function boolWriter(out: Uint8Array, wanted: Wanted): Put {
  return (value, at) => {
    if (value === true || value === 1) out[at] = 1;
    else if (value === false || value === 0) out[at] = 0;
    else wrong(value, at, wanted);
  };
}

function longWriter(out: BigInt64Array | BigUint64Array, least: bigint, most: bigint, wanted: Wanted): Put {
  return (value, at) => {
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      if (!wanted.exact) throw new InexactInteger();
      beyond(value, at, wanted);
    }
    if (typeof value !== 'bigint' && !Number.isInteger(value)) wrong(value, at, wanted);
    const integer = BigInt(value as number | bigint);
    if (integer < least || integer > most) beyond(value, at, wanted);
    out[at] = integer;
  };
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? 'an array'
      : 'an object'
    : String(value);
}

function wrong(value: unknown, at: number, wanted: Wanted): never {
  refuse(wanted, `value ${shown(value)} at ${at} of data is no ${wanted.dtype}`);
}

function beyond(value: unknown, at: number, wanted: Wanted): never {
  refuse(wanted, `value ${shown(value)} at ${at} of data does not fit ${wanted.dtype}`);
}
