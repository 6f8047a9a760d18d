// What the caller of a call may do. Keys give grants (server/access); without keys there are none, and everything is allowed.

import type { IncomingHttpHeaders } from 'node:http';
import { ServingError } from '../errors.ts';
import { quote } from '../util/text.ts';

/** What calls are for. `health` is open to everybody. */
export type CallGroup = 'health' | 'infer' | 'metadata' | 'metrics' | 'admin';

export interface Grant {
  /** Whose it is, for messages. */
  readonly name: string;
  /** Whether a servable may be asked. */
  allows(servable: string): boolean;
  /** Whether it is for every servable. */
  readonly everything: boolean;
}

/** Decides of calls by what they bring. */
export interface Keeper {
  /** The grant of a call over a connection; undefined for what is open to everybody. Throws UNAUTHENTICATED or PERMISSION_DENIED. */
  admit(session: object, headers: IncomingHttpHeaders, group: CallGroup): Grant | undefined;
}

/** Throws PERMISSION_DENIED unless the grant, if there is one, covers the servable; '' is all of them. */
export function requireGrant(grant: Grant | undefined, servable: string): void {
  if (grant === undefined || grant.everything) return;
  if (servable === '')
    throw new ServingError('PERMISSION_DENIED', `key ${quote(grant.name)}: this call is about all servables`);
  if (!grant.allows(servable))
    throw new ServingError('PERMISSION_DENIED', `key ${quote(grant.name)}: is not for the servable ${quote(servable)}`);
}
