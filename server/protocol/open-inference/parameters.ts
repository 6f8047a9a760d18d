// Request and tensor parameters: map<string, InferParameter>.

import { ServingError } from '../../errors.ts';
import { quote } from '../../util/text.ts';
import { MAX_NAME, MAX_PARAMETER } from './limits.ts';
import { BYTES, FIXED64, VARINT, type WireReader } from './wire-reader.ts';

export type ParameterKind = 'bool' | 'int64' | 'string' | 'double' | 'uint64' | 'none';

export interface Parameter {
  readonly key: string;
  readonly kind: ParameterKind;
  /** Numbers beyond 2^53 are rounded. */
  readonly value: boolean | number | string | undefined;
}

/** Reads one map entry; the reader stands at its length. */
export function readParameter(reader: WireReader): Parameter {
  const outer = reader.enter();
  let key = '';
  let kind: ParameterKind = 'none';
  let value: Parameter['value'];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag >>> 3 === 1) {
      reader.expect(tag, BYTES);
      key = reader.string(MAX_NAME, 'parameter key');
    } else if (tag >>> 3 === 2) {
      reader.expect(tag, BYTES);
      const inner = reader.enter();
      while (reader.pos < reader.end) {
        const choice = readChoice(reader);
        if (choice !== undefined) [kind, value] = choice;
      }
      reader.leave(inner);
    } else reader.unknown(tag);
  }
  reader.leave(outer);
  return { key, kind, value };
}

function readChoice(reader: WireReader): [ParameterKind, Parameter['value']] | undefined {
  const tag = reader.tag();
  switch (tag >>> 3) {
    case 1:
      reader.expect(tag, VARINT);
      reader.varint();
      return ['bool', reader.low !== 0 || reader.high !== 0];
    case 2:
      reader.expect(tag, VARINT);
      reader.varint();
      return ['int64', reader.signed()];
    case 3:
      reader.expect(tag, BYTES);
      return ['string', reader.string(MAX_PARAMETER, 'string parameter')];
    case 4:
      reader.expect(tag, FIXED64);
      return ['double', reader.double()];
    case 5:
      reader.expect(tag, VARINT);
      reader.varint();
      return ['uint64', reader.unsigned()];
    default:
      reader.unknown(tag);
      return undefined;
  }
}

/** A whole number of at least 0 from an int64 or uint64 parameter. */
export function wholeNumber(parameter: Parameter): number {
  const { key, kind, value } = parameter;
  if ((kind !== 'int64' && kind !== 'uint64') || typeof value !== 'number') {
    throw new ServingError('INVALID_ARGUMENT', `parameter ${quote(key)}: is ${kind}, want int64`);
  }
  if (value < 0) throw new ServingError('INVALID_ARGUMENT', `parameter ${quote(key)}: is ${value}, want 0 or more`);
  return value;
}

/** The value of a bool parameter. */
export function flag(parameter: Parameter): boolean {
  if (typeof parameter.value !== 'boolean') {
    throw new ServingError('INVALID_ARGUMENT', `parameter ${quote(parameter.key)}: is ${parameter.kind}, want bool`);
  }
  return parameter.value;
}

/** The value of a string parameter. */
export function text(parameter: Parameter): string {
  if (typeof parameter.value !== 'string') {
    throw new ServingError('INVALID_ARGUMENT', `parameter ${quote(parameter.key)}: is ${parameter.kind}, want string`);
  }
  return parameter.value;
}

/** The value of a string parameter, or of a number's as text. */
export function textOrNumber(parameter: Parameter): string {
  const { key, kind, value } = parameter;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && kind !== 'double') return String(value);
  throw new ServingError('INVALID_ARGUMENT', `parameter ${quote(key)}: is ${kind}, want string or int64`);
}
