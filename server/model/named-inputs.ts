// Inputs by the names that a configuration gives them.

import { ServingError } from '../errors.ts';
import type { Signature } from '../native/binding-types.ts';
import { quote } from '../util/text.ts';

/**
 * The signature with inputs by other names, in graph order. Names that are the model's own, in whatever order, change nothing. Throws
 * INVALID_MODEL where it is not clear which input is meant.
 */
export function withInputNames(signature: Signature, names: readonly string[]): Signature {
  const { inputs } = signature;
  const own = inputs.map(({ name }) => name);
  const isOwn = names.length === own.length && names.every((name) => own.includes(name));
  if (names.length === 0 || isOwn) return signature;
  const list = (all: readonly string[]): string => all.map(quote).join(', ');
  const found = `model.inputs: found ${list(names)}`;
  if (names.length !== own.length) throw new ServingError('INVALID_MODEL', `${found}, the model has ${list(own)}`);
  const moved = names.find((name, i) => own.includes(name) && own[i] !== name);
  if (moved !== undefined) {
    const wanted = `want the names of all inputs, ${list(own)}, or others in this order`;
    throw new ServingError('INVALID_MODEL', `${found}, where ${quote(moved)} is another input of the model; ${wanted}`);
  }
  return { ...signature, inputs: inputs.map((spec, i) => ({ ...spec, name: names[i] ?? spec.name })) };
}
