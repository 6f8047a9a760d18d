// Decoding of requests by their proto definition, for every call but the one whose codec is written by hand.

import { ServingError } from '../errors.ts';
import type { ProtoMethod } from './protos.ts';

/** Longest request of every call but inference, in bytes. */
export const SMALL_MESSAGE = 65536;

/** Decodes a request by its proto definition; a malformed one is INVALID_ARGUMENT. */
export function parseMessage<T>(method: ProtoMethod, message: Buffer): T {
  try {
    return method.requestDeserialize(message) as T;
  } catch (caught) {
    const cause = caught instanceof Error ? caught.message : String(caught);
    throw new ServingError('INVALID_ARGUMENT', `request message: ${cause}`, { cause: caught });
  }
}
