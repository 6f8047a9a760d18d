// Calls whose messages are small: decoded and encoded by their definition.

import type { CallGroup } from '../../inference/grant.ts';
import { requireGrant } from '../../inference/grant.ts';
import type { UnaryMethod } from '../protocol.ts';
import { methodOf } from '../protos.ts';
import { parseMessage, SMALL_MESSAGE } from '../small-message.ts';

/** The service that all but the aliases belong to. */
export const SERVICE = 'inference.GRPCInferenceService';

/** Who may call a method. */
export interface Purpose<T> {
  readonly group: CallGroup;
  /** The servable that a request is about; '': all of them. Absent: it is about none. */
  about?(request: T): string;
}

/** A method that answers a request with the response's fields; what `answer` throws or rejects with is the call's failure. */
export function smallCall<T>(
  name: string,
  { group, about }: Purpose<T>,
  answer: (request: T) => object | Promise<object>,
  service: string = SERVICE,
): UnaryMethod {
  const method = methodOf(service, name);
  return {
    path: method.path,
    maxBytes: SMALL_MESSAGE,
    group,
    handle: (message, { account }) => {
      const request = parseMessage<T>(method, message);
      if (about !== undefined) requireGrant(account.grant, about(request));
      const response = answer(request);
      return response instanceof Promise
        ? response.then((fields) => method.responseSerialize(fields))
        : method.responseSerialize(response);
    },
  };
}
