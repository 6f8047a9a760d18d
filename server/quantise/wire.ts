// Protobuf messages field by field. What is not changed is copied as it lies, so that a rewritten model keeps fields that nobody here knows.

import protobuf from 'protobufjs/minimal.js';

const varint = 0;
const lengthDelimited = 2;
const text = new TextDecoder();

/** One field of a message as it lies: `raw` with its tag, `bytes` without (empty for numbers), `value` of a varint. */
export interface Field {
  readonly number: number;
  readonly raw: Uint8Array;
  readonly bytes: Uint8Array;
  readonly value: number;
}

/** The fields of a message in their order; throws RangeError or Error where the bytes are no message. */
export function fieldsOf(message: Uint8Array): Field[] {
  const reader = protobuf.Reader.create(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const type = tag & 7;
    let bytes: Uint8Array = message.subarray(0, 0);
    let value = 0;
    if (type === lengthDelimited) {
      const length = reader.uint32();
      const from = reader.pos;
      reader.skip(length);
      bytes = message.subarray(from, from + length);
    } else if (type === varint) {
      value = Number(reader.int64().toString());
    } else {
      reader.skipType(type);
    }
    fields.push({ number: tag >>> 3, raw: message.subarray(start, reader.pos), bytes, value });
  }
  return fields;
}

/** The numbers of a repeated field, each in a field of its own or packed. */
export function numbersAt(fields: readonly Field[], number: number): number[] {
  return fields
    .filter((field) => field.number === number)
    .flatMap(({ bytes, value }) => (bytes.length === 0 ? [value] : packed(bytes)));
}

function packed(bytes: Uint8Array): number[] {
  const reader = protobuf.Reader.create(bytes);
  const values: number[] = [];
  while (reader.pos < reader.len) values.push(Number(reader.int64().toString()));
  return values;
}

/** The text of a length-delimited field. */
export const textOf = (field: Field): string => text.decode(field.bytes);

/** The first field of a number, or undefined. */
export const firstOf = (fields: readonly Field[], number: number): Field | undefined =>
  fields.find((field) => field.number === number);

/** The text of the first field of a number, or ''. */
export function textAt(fields: readonly Field[], number: number): string {
  const field = firstOf(fields, number);
  return field === undefined ? '' : textOf(field);
}

/** A number as a field. */
export const numberField = (number: number, value: number): Uint8Array =>
  protobuf.Writer.create()
    .uint32(number << 3)
    .int64(value)
    .finish();

/** Bytes or text as a field: the tag and length, then the bytes themselves. */
export function bytesField(number: number, content: Uint8Array | string): Uint8Array[] {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const head = protobuf.Writer.create()
    .uint32((number << 3) | lengthDelimited)
    .uint32(bytes.length)
    .finish();
  return [head, bytes];
}

/** Pieces as one message. */
export const joined = (...pieces: readonly (Uint8Array | readonly Uint8Array[])[]): Uint8Array =>
  Buffer.concat(pieces.flat() as Uint8Array[]);
