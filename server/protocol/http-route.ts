// What a protocol is to the HTTP port: paths, and functions that answer what is asked of them.

import type { CallGroup, Grant } from '../inference/grant.ts';

/** What a handler sees of a request. */
export interface HttpAsking {
  /** The named segments of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The whole body; '' for GET. */
  readonly body: string;
  /** The header Accept. */
  readonly accept: string;
  /** What the caller may do; undefined: everything. It goes into the account of what the handler runs. */
  readonly grant?: Grant | undefined;
}

export interface HttpReply {
  readonly status: number;
  readonly type: string;
  /** Text, or bytes in pieces. */
  readonly body: string | readonly Uint8Array[];
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpRoute {
  /** GET answers HEAD too. */
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Segments that begin with a colon are named: `/v2/models/:model`. */
  readonly path: string;
  /** Changes something of the server: the body must be declared as JSON, and where there is an admin address, only that takes it. */
  readonly writes?: true;
  /** Asked by machines under whatever name they know the server by; tells nothing a page from elsewhere could use. */
  readonly anyHost?: true;
  /** What asking it is for; absent: admin for what writes, else metadata for GET and infer for the others. Health is answered whoever asks. */
  readonly group?: CallGroup;
  /** Absent: the segment :model is the servable asked about, and without one all of them are. A function that gives undefined leaves it to the handler. */
  about?(params: HttpAsking['params']): string | undefined;
  /** Failures are thrown or rejected as ServingError. */
  handle(asking: HttpAsking): HttpReply | Promise<HttpReply>;
}

/** A value as the body of a reply; names in snake_case. */
export function jsonReply(value: unknown, status = 200): HttpReply {
  return { status, type: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` };
}

/** What asking a route is for. */
export function groupOf({ group, writes, method }: HttpRoute): CallGroup {
  return group ?? (writes === true ? 'admin' : method === 'GET' ? 'metadata' : 'infer');
}
