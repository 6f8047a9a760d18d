// What a protocol is to the HTTP port: paths, and functions that answer what is asked of them.

import { type ServingError, toServingError } from '../errors.ts';
import type { CallGroup, Grant } from '../inference/grant.ts';
import type { Call } from './call.ts';

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

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What the description of the port says of a route. */
interface RouteWords {
  readonly summary?: string;
  /** The body; absent: none. */
  readonly takes?: JsonSchema;
  /** The body may be left away. */
  readonly takesNone?: true;
  /** The reply in JSON; absent: any. */
  readonly gives?: JsonSchema;
  /** Its type where it is not JSON. */
  readonly givesType?: string;
  /** Body and reply may be bytes. */
  readonly binary?: true;
  /** Statuses of answers that are no failures. */
  readonly no?: readonly number[];
}

interface RouteHead extends RouteWords {
  /** GET answers HEAD too. */
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Segments that begin with a colon are named: `/v2/models/:model`. */
  readonly path: string;
  /** Changes something of the server: where there is an admin address, only that takes it, and the body of a page must be declared as JSON. */
  readonly writes?: true;
  /** Asked by machines under whatever name they know the server by; tells nothing a page from elsewhere could use. */
  readonly anyHost?: true;
  /** What asking it is for; absent: admin for what writes, else metadata for GET and infer for the others. Health is answered whoever asks. */
  readonly group?: CallGroup;
  /** Absent: the segment :model is the servable asked about, and without one all of them are. A function that gives undefined leaves it to the handler. */
  about?(params: HttpAsking['params']): string | undefined;
}

/** A page of the server's own, which is not counted. */
export interface HttpPage extends RouteHead {
  /** Failures are thrown or rejected as ServingError. */
  handle(asking: HttpAsking): HttpReply | Promise<HttpReply>;
}

/** A call of a protocol: it is counted, its bytes are limited, it is cancelled when the client goes away. */
export interface HttpCallRoute extends RouteHead {
  /** Longest body accepted in bytes; undefined = the transport's own limit. */
  readonly maxBytes?: number;
  /** Failures may be thrown as long as nothing was answered or released. */
  exchange(body: Buffer, call: HttpExchanged): void;
}

export type HttpRoute = HttpPage | HttpCallRoute;

/** A call with one reply; it is answered by the first of answer() and fail(), and what comes later is ignored. */
export interface HttpExchanged extends Omit<Call, 'trailer'> {
  /** The named segments of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** A header of the request; '' when it is absent. */
  header(name: string): string;
  /** Memory for a piece of the reply of at most `bytes`, from which it is sent without a copy. Called at most once. Throws OVERLOADED. */
  reserve(bytes: number): Buffer;
  /** Memory for what belongs to the request beside its body, given back by release(). Throws OVERLOADED. */
  borrow(bytes: number): Buffer;
  answer(reply: HttpReply): void;
  fail(error: ServingError): void;
  /** The body and, unless it was sent, the memory reserved are not used any more. Must be called once. */
  release(): void;
}

/** Longest body of every call but inference, in bytes. */
const smallBody = 65_536;

/** A call with a short body. */
export function smallCall(
  route: RouteHead,
  answer: (params: Readonly<Record<string, string>>, body: Buffer) => HttpReply | Promise<HttpReply>,
): HttpCallRoute {
  return {
    ...route,
    maxBytes: smallBody,
    exchange(body, call) {
      const reply = answer(call.params, body);
      if (!(reply instanceof Promise)) {
        call.answer(reply);
        call.release();
        return;
      }
      reply
        .then(
          (whole) => call.answer(whole),
          (caught) => call.fail(toServingError(caught)),
        )
        .finally(() => call.release());
    },
  };
}

/** A value as the body of a reply; names in snake_case. */
export function jsonReply(value: unknown, status = 200): HttpReply {
  return { status, type: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` };
}

/** What asking a route is for. */
export function groupOf({ group, writes, method }: RouteHead): CallGroup {
  return group ?? (writes === true ? 'admin' : method === 'GET' ? 'metadata' : 'infer');
}

/** The same in one line, for programs. */
export function jsonLine(value: unknown, status = 200): HttpReply {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}
