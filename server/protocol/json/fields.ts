// Fields of JSON objects from outside, each with its type checked and its place in the error.

import { ServingError } from '../../errors.ts';
import { quote } from '../../util/text.ts';
import { MAX_PARAMETERS } from '../open-inference/limits.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function refuse(place: string, what: string): never {
  throw new ServingError('INVALID_ARGUMENT', `${place}: ${what}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`.replace('a object', 'an object');
}

export function asObject(value: unknown, place: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(place, `is ${kindOf(value)}, want an object`);
  return value as JsonObject;
}

/** A string of at most `max` bytes; undefined when the field is absent or null. */
export function textOf(object: JsonObject, name: string, max: number, place: string): string | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') refuse(place, `${name} is ${kindOf(value)}, want a string`);
  const length = Buffer.byteLength(value);
  if (length > max) refuse(place, `${name} has ${length} bytes, the limit is ${max}`);
  return value;
}

/** An array of at most `max` values; empty when the field is absent or null. */
export function listOf(object: JsonObject, name: string, max: number, place: string): readonly unknown[] {
  const value = object[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) refuse(place, `${name} is ${kindOf(value)}, want an array`);
  if (value.length > max) refuse(place, `${value.length} ${name}, the limit is ${max}`);
  return value;
}

/** The field "parameters". */
export function parametersOf(object: JsonObject, place: string): JsonObject {
  const value = object['parameters'];
  if (value === undefined || value === null) return {};
  const parameters = asObject(value, `${place}: parameters`);
  const count = Object.keys(parameters).length;
  if (count > MAX_PARAMETERS) refuse(place, `${count} parameters, the limit is ${MAX_PARAMETERS}`);
  return parameters;
}

/** A parameter that is a whole number of at least 0; 0 when it is absent. */
export function wholeOf(parameters: JsonObject, name: string, place: string): number {
  const value = parameters[name];
  if (value === undefined) return 0;
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    refuse(`${place} ${quote(name)}`, `is ${String(value).slice(0, 40)}, want a whole number of 0 or more`);
  return value as number;
}

/** A parameter that is true or false; undefined when it is absent. */
export function flagOf(parameters: JsonObject, name: string, place: string): boolean | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'boolean') refuse(`${place} ${quote(name)}`, `is ${kindOf(value)}, want true or false`);
  return value;
}
