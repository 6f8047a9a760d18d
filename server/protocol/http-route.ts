// What a protocol is to the HTTP port: paths, and functions that answer what is asked of them.

/** What a handler sees of a request. */
export interface HttpAsking {
  /** The named segments of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The whole body; '' for GET. */
  readonly body: string;
  /** The header Accept. */
  readonly accept: string;
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
  /** Tells whether the server is well: answered whoever asks. */
  readonly health?: true;
  /** Failures are thrown or rejected as ServingError. */
  handle(asking: HttpAsking): HttpReply | Promise<HttpReply>;
}

/** A value as the body of a reply; names in snake_case. */
export function jsonReply(value: unknown, status = 200): HttpReply {
  return { status, type: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` };
}
