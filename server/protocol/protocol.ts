// What a protocol is to the transport: paths, and functions from message bytes to message bytes.

import type { Cancellation } from '../inference/request.ts';

/** What a method sees of the call it answers. */
export interface Call extends Cancellation {
  /** performance.now() when the first byte of the message was seen. */
  readonly receivedAt: number;
  /** The caller's deadline in milliseconds since 1970; Infinity when there is none. */
  readonly deadlineMs: number;
  readonly peer: string;
  /** Adds a piece of trailing metadata; the key is lower case, the value printable ASCII. */
  trailer(key: string, value: string): void;
}

/** One message in, one out. Failures are thrown or rejected as ServingError. */
export interface UnaryMethod {
  readonly path: string;
  /** Longest request accepted in bytes; undefined = the transport's own limit. */
  readonly maxBytes?: number;
  handle(message: Buffer, call: Call): Promise<Buffer> | Buffer;
}

/** The answering side of a server stream. */
export interface MessageStream extends Cancellation {
  send(message: Buffer): void;
  /** Ends the stream well. */
  end(): void;
}

/** One message in, any number out until the stream ends. */
export interface StreamMethod {
  readonly path: string;
  open(message: Buffer, stream: MessageStream): void;
}

export interface Protocol {
  readonly name: string;
  readonly unary: readonly UnaryMethod[];
  readonly streams: readonly StreamMethod[];
}
