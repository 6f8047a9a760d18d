// What a protocol is to the gRPC port: paths, and functions that answer calls.

import type { ServingError } from '../errors.ts';
import type { CallGroup } from '../inference/grant.ts';
import type { Call } from './call.ts';
import type { HttpRoute } from './http-route.ts';

/** A call with one reply that comes when it comes; it is answered by the first of reply() and fail(), and what comes later is ignored. */
export interface Exchanged extends Call {
  /** Memory for the reply of at most `bytes`, from which it is sent without a copy. Called at most once. Throws OVERLOADED. */
  reserve(bytes: number): Buffer;
  /** Memory for what belongs to the request beside its message, given back by release(). Throws OVERLOADED. */
  borrow(bytes: number): Buffer;
  reply(message: Buffer): void;
  fail(error: ServingError): void;
  /** The request message and, unless it was sent, the memory reserved are not used any more. Must be called once. */
  release(): void;
}

/** One message in, one out. Failures are thrown or rejected as ServingError. */
export interface UnaryMethod {
  readonly path: string;
  /** What the call is for; absent: what the fewest may do, admin. */
  readonly group?: CallGroup;
  /** Longest request accepted in bytes; undefined = the transport's own limit. */
  readonly maxBytes?: number;
  handle(message: Buffer, call: Call): Promise<Buffer> | Buffer;
}

/** One message in, one out, the long way: for calls whose bytes are worth not copying. Failures may be thrown as long as nothing was answered or released. */
export interface ExchangeMethod {
  readonly path: string;
  /** What the call is for; absent: what the fewest may do, admin. */
  readonly group?: CallGroup;
  exchange(message: Buffer, call: Exchanged): void;
}

/** The answering side of a server stream. */
export interface MessageStream extends Call {
  send(message: Buffer): void;
  /** Ends the stream well. */
  end(): void;
}

/** One message in, any number out until the stream ends. */
export interface StreamMethod {
  readonly path: string;
  /** What the call is for; absent: what the fewest may do, admin. */
  readonly group?: CallGroup;
  open(message: Buffer, stream: MessageStream): void;
}

/**
 * Any number of messages in, one out for each, in their order. Each message is a request of its own with a reply and an account;
 * fail() ends them all. What the method throws does too, as long as it has answered and released nothing.
 */
export interface ConverseMethod {
  readonly path: string;
  /** What the call is for; absent: what the fewest may do, admin. */
  readonly group?: CallGroup;
  converse(message: Buffer, call: Exchanged): void;
}

export type Method = UnaryMethod | ExchangeMethod | StreamMethod | ConverseMethod;

export interface Protocol {
  readonly name: string;
  /** Calls of the gRPC port. */
  readonly methods: readonly Method[];
  /** Routes of the HTTP port. */
  readonly routes?: readonly HttpRoute[];
}
