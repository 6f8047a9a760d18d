// Calls whose messages are small: decoded and encoded by their definition.

import type { UnaryMethod } from '../protocol.ts';
import { methodOf } from '../protos.ts';
import { parseMessage, SMALL_MESSAGE } from '../small-message.ts';

/** The service that all but the aliases belong to. */
export const SERVICE = 'inference.GRPCInferenceService';

/** A method that answers a request with the response's fields; what `answer` throws or rejects with is the call's failure. */
export function smallCall<T>(
  name: string,
  answer: (request: T) => object | Promise<object>,
  service: string = SERVICE,
): UnaryMethod {
  const method = methodOf(service, name);
  return {
    path: method.path,
    maxBytes: SMALL_MESSAGE,
    handle: (message) => {
      const response = answer(parseMessage<T>(method, message));
      return response instanceof Promise
        ? response.then((fields) => method.responseSerialize(fields))
        : method.responseSerialize(response);
    },
  };
}
