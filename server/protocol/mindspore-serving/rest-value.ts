// A value in JSON → a tensor of an instance.
//
//   number, true, nested arrays of them    a tensor of that shape, of the type the method wants
//   "text"                                 a string
//   {"b64", "type", "shape"}               raw little-endian bytes of a type, or a byte string

import { ServingError } from '../../errors.ts';
import { elementCount, elementSize, shapeText } from '../../inference/dtype.ts';
import type { TensorType } from '../../inference/request.ts';
import type { DType } from '../../native/binding-types.ts';
import { ofElements } from '../../util/element-types.ts';
import { quote } from '../../util/text.ts';
import { asObject, type JsonObject, listOf, textOf } from '../json/fields.ts';
import { tensorBytes } from '../json/values.ts';
import { nameOf } from './dtype.ts';
import type { TensorMessage } from './messages.ts';

/** null: any. */
export type WantedType = TensorType | null;

/** Names of element types: those of MindSpore Serving without their beginning, and fp for float. */
const names: ReadonlyMap<string, DType | 'str' | 'bytes'> = new Map<string, DType | 'str' | 'bytes'>([
  ...[...ofElements(({ mindspore }) => mindspore)].flatMap(([dtype, theirs]) => {
    const name = theirs.replace('MS_', '').toLowerCase();
    return [[name, dtype] as const, [name.replace('float', 'fp'), dtype] as const];
  }),
  ['str', 'str'],
  ['bytes', 'bytes'],
]);

const deepest = 32;

function refuse(place: string, what: string): never {
  throw new ServingError('INVALID_ARGUMENT', `${place}: ${what}`);
}

/** Reads the value of an input; throws INVALID_ARGUMENT. */
export function readTensor(name: string, value: unknown, wanted: WantedType): TensorMessage {
  const place = `input ${quote(name)}`;
  if (value === null) refuse(place, 'is null, want a value');
  if (typeof value === 'string') return { shape: { dims: [] }, dtype: 'MS_STRING', bytes_val: [Buffer.from(value)] };
  if (typeof value === 'object' && !Array.isArray(value)) return encoded(asObject(value, place), place);
  return numbers(value, wanted, place);
}

function numbers(value: unknown, wanted: WantedType, place: string): TensorMessage {
  const shape = shapeOf(value, place);
  const elements = elementCount(shape);
  const leaf = firstLeaf(value);
  if (typeof leaf === 'string' || wanted === 'BYTES')
    refuse(
      place,
      `is ${typeof leaf === 'string' ? 'an array of strings' : 'a number'}, want ${wanted === 'BYTES' ? 'a string or {"b64"}' : 'numbers'}`,
    );
  const dtype = wanted ?? typeOf(leaf, value);
  const data = shape.length === 0 ? [value] : value;
  // A scalar is written as a list of one.
  const of = shape.length === 0 ? [1] : shape;
  const bytes = tensorBytes(data, { dtype, shape: of, elements, budget: 2 ** 31, place, exact: true });
  return { shape: { dims: shape }, dtype: nameOf(dtype) ?? dtype, data: Buffer.from(bytes.buffer) };
}

/** Whole numbers are int32, others float32. */
function typeOf(leaf: unknown, value: unknown): DType {
  if (typeof leaf === 'boolean') return 'BOOL';
  const whole = (inner: unknown): boolean =>
    Array.isArray(inner) ? inner.every(whole) : typeof inner === 'bigint' || Number.isInteger(inner);
  return whole(value) ? 'INT32' : 'FP32';
}

function firstLeaf(value: unknown): unknown {
  let inner = value;
  while (Array.isArray(inner)) inner = inner[0];
  return inner;
}

/** The shape of nested arrays by their first entries; that all agree is checked where they are read. */
function shapeOf(value: unknown, place: string): readonly number[] {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (shape.length > deepest) refuse(place, `nested deeper than ${deepest} dimensions`);
  }
  return shape;
}

const keys: ReadonlySet<string> = new Set(['b64', 'type', 'shape']);

function encoded(value: JsonObject, place: string): TensorMessage {
  const other = Object.keys(value).find((key) => !keys.has(key));
  if (other !== undefined) refuse(place, `has ${quote(other)}, want b64, type and shape alone`);
  const text = textOf(value, 'b64', Number.POSITIVE_INFINITY, place);
  if (text === undefined) refuse(place, 'has no b64');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) refuse(place, 'b64 is no Base64');
  const bytes = Buffer.from(text, 'base64');
  const type = names.get(textOf(value, 'type', 100, place) ?? 'bytes');
  if (type === undefined) refuse(place, `type is unknown, want one of ${[...names.keys()].join(', ')}`);
  const dims = listOf(value, 'shape', deepest, place).map((size) => {
    if (!Number.isSafeInteger(size) || (size as number) < 0) refuse(place, 'shape has no size of 0 or more');
    return size as number;
  });
  if (type === 'str' || type === 'bytes') {
    if (dims.length > 1 || (dims[0] ?? 1) !== 1) refuse(place, `shape is ${shapeText(dims)}, want [] or [1]`);
    return { shape: { dims }, dtype: type === 'str' ? 'MS_STRING' : 'MS_BYTES', bytes_val: [bytes] };
  }
  const wanted = elementCount(dims) * elementSize(type);
  if (bytes.length !== wanted)
    refuse(place, `b64 has ${bytes.length} bytes, want ${wanted} for ${type} ${shapeText(dims)}`);
  return { shape: { dims }, dtype: nameOf(type) ?? type, data: bytes };
}
