// Which servable and which method a request means: `digits:classify` is the method classify of digits, and so is the name digits with the
// method beside it.

import { ServingError } from '../errors.ts';
import type { ServedModel } from '../model/served.ts';
import { quote } from '../util/text.ts';
import type { InferRequest } from './request.ts';

export interface Address {
  readonly name: string;
  /** '' = the model itself. */
  readonly method: string;
}

/** Splits a name; no servable's own name has a colon. */
export function splitName(name: string): Address {
  const colon = name.indexOf(':');
  return colon < 0 ? { name, method: '' } : { name: name.slice(0, colon), method: name.slice(colon + 1) };
}

/**
 * The method that a request of a version means: the one it names, or '' for the model. A servable without a model of its own answers with its only method;
 * throws UNSUPPORTED where it has none or several.
 */
export function methodMeant({ name, isModelless, methods }: ServedModel, named: string): string {
  if (named !== '' || isModelless !== true) return named;
  const known = methods.filter(({ signature }) => signature !== undefined);
  const [only] = known;
  if (only !== undefined && known.length === 1) return only.name;
  const list = known.map((method) => quote(`${name}:${method.name}`)).join(', ');
  throw new ServingError(
    'UNSUPPORTED',
    `${name}: has no model of its own, want one of its methods: ${list || 'it has none'}`,
  );
}

/** Throws INVALID_ARGUMENT where the name says one method and the request another. */
export function addressOf({ model, method = '' }: Pick<InferRequest, 'model' | 'method'>): Address {
  const split = splitName(model);
  if (method === '' || split.method === method) return split;
  if (split.method !== '')
    throw new ServingError(
      'INVALID_ARGUMENT',
      `method ${quote(method)} beside the model name ${quote(model)}, want one of the two`,
    );
  return { name: split.name, method };
}
