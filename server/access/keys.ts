// Who a caller is, by the key it brings, and whether its call is allowed.
//
// A key is compared by its SHA-256 with every entry in constant time. What a connection brought last, and what came of it, is
// remembered with the connection: its calls bring the same key again and again.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ServingError } from '../errors.ts';
import type { CallGroup, Grant } from '../inference/grant.ts';
import { quote } from '../util/text.ts';
import type { Allowed, KeyEntry, KeyFile } from './key-file.ts';

/** A caller that is known, or the anonymous one. */
class Caller implements Grant {
  readonly name: string;
  readonly until: number;
  readonly everything: boolean;
  readonly #calls: ReadonlySet<CallGroup>;
  readonly #servables: readonly string[];

  constructor(name: string, { calls, servables }: Allowed, until: number) {
    this.name = name;
    this.until = until;
    this.everything = servables === undefined;
    this.#calls = new Set(calls);
    this.#servables = servables ?? [];
  }

  allows(servable: string): boolean {
    return this.everything || this.#servables.some((pattern) => fits(pattern, servable));
  }

  may(group: CallGroup): boolean {
    return this.#calls.has(group);
  }
}

interface Remembered {
  readonly presented: string | undefined;
  readonly caller: Caller | undefined;
  readonly of: Keys;
}

export class Keys {
  readonly #callers: readonly { readonly hash: Buffer; readonly caller: Caller }[];
  readonly #anonymous: Caller | undefined;

  constructor({ anonymous, keys }: KeyFile) {
    this.#callers = keys.map((entry: KeyEntry) => ({
      hash: entry.hash,
      caller: new Caller(entry.name, entry, entry.until),
    }));
    this.#anonymous =
      anonymous === undefined ? undefined : new Caller('anonymous', anonymous, Number.POSITIVE_INFINITY);
  }

  get count(): number {
    return this.#callers.length;
  }

  /** The caller a key belongs to; looks at every entry whatever it finds. */
  find(presented: string): Caller | undefined {
    const hash = createHash('sha256').update(presented).digest();
    let found: Caller | undefined;
    for (const { hash: own, caller } of this.#callers) if (timingSafeEqual(hash, own)) found = caller;
    return found;
  }

  get anonymous(): Caller | undefined {
    return this.#anonymous;
  }
}

export class Gatekeeper {
  readonly #now: () => number;
  readonly #remembered = new WeakMap<object, Remembered>();
  #keys: Keys;

  /** now: milliseconds since the epoch. */
  constructor(keys: Keys, now: () => number = Date.now) {
    this.#keys = keys;
    this.#now = now;
  }

  /** Other keys hold from now on, for calls of open connections too. */
  use(keys: Keys): void {
    this.#keys = keys;
  }

  /**
   * The grant of a call of this group with these headers, over the connection `session`; undefined for health, which is open. Throws
   * UNAUTHENTICATED for a key that is not known, has ended or is missing, and PERMISSION_DENIED for a known one that is not for such calls.
   */
  admit(session: object, headers: IncomingHttpHeaders, group: CallGroup): Grant | undefined {
    if (group === 'health') return undefined;
    const presented = presentedKey(headers);
    const caller = this.#callerOf(session, presented);
    if (caller === undefined)
      throw new ServingError(
        'UNAUTHENTICATED',
        presented === undefined
          ? 'no key: want metadata authorization: Bearer KEY, or x-api-key'
          : 'the key is not known',
      );
    if (this.#now() >= caller.until)
      throw new ServingError('UNAUTHENTICATED', `key ${quote(caller.name)}: its time is over`);
    if (caller.may(group)) return caller;
    throw presented === undefined
      ? new ServingError('UNAUTHENTICATED', `no key: ${group} calls want one (authorization: Bearer KEY, or x-api-key)`)
      : new ServingError('PERMISSION_DENIED', `key ${quote(caller.name)}: is not for ${group} calls`);
  }

  #callerOf(session: object, presented: string | undefined): Caller | undefined {
    const keys = this.#keys;
    if (presented === undefined) return keys.anonymous;
    const before = this.#remembered.get(session);
    if (before?.of === keys && before.presented === presented) return before.caller;
    const caller = keys.find(presented);
    this.#remembered.set(session, { presented, caller, of: keys });
    return caller;
  }
}

/** The key that headers bring; undefined when they bring none. */
function presentedKey(headers: IncomingHttpHeaders): string | undefined {
  const own = headers['x-api-key'];
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  return bearer ?? (typeof own === 'string' ? own : undefined);
}

/** Whether a name is that of a pattern, in which one * may stand for any characters. */
function fits(pattern: string, name: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === name;
  const [before, behind] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return name.length >= before.length + behind.length && name.startsWith(before) && name.endsWith(behind);
}
