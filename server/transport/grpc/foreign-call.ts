// Calls of services that the library answers by itself (reflection): told to the observer like our own, and bounded in time,
// since their streams end only when the caller wants.

import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { CODES, ServingError } from '../../errors.ts';
import { Account, type CallObserver } from '../../inference/account.ts';
import type { EndCode } from '../../ledger/call-end.ts';
import { parseTimeout } from './timeout.ts';

/** A stream on which nothing moves for this long is ended. */
const IDLE_MS = 60_000;

/** The library counts deadlines in 32 bits of milliseconds; it is not told of later ones. */
const LONGEST_DEADLINE_MS = 2 ** 31 - 1;

const GRPC_OK = 0;

const NO_INFERENCE = {
  servable: '',
  version: '',
  times: undefined,
  rows: 0,
  bytesIn: 0,
  bytesOut: 0,
  requestId: '',
  peer: '',
  parent: undefined,
} as const;

export class ForeignCalls {
  /** Longest message in bytes that the library takes. */
  static readonly maxMessage: number = 65_536;

  readonly #observe: CallObserver;
  readonly #paths = new Set<string>();
  #open = 0;

  constructor(observe: CallObserver) {
    this.#observe = observe;
  }

  /** Paths that the library answers. */
  get paths(): Iterable<string> {
    return this.#paths;
  }

  /** Calls open now. */
  get open(): number {
    return this.#open;
  }

  /** The server, with the paths of each service that is added to it written down. */
  recording(server: Server): Pick<Server, 'addService'> {
    return {
      addService: (service, implementation) => {
        for (const { path } of Object.values(service) as { path: string }[]) this.#paths.add(path);
        server.addService(service, implementation);
      },
    };
  }

  /** True for a path of the library's, whose stream is watched from now on. */
  take(path: string, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
    if (!this.#paths.has(path)) return false;
    const timeout = headers['grpc-timeout'];
    if (typeof timeout === 'string' && (parseTimeout(timeout) ?? 0) > LONGEST_DEADLINE_MS)
      delete headers['grpc-timeout'];
    const account = new Account(performance.now());
    stream.setTimeout(IDLE_MS, () => stream.close(constants.NGHTTP2_CANCEL));
    this.#open += 1;
    stream.once('close', () => {
      this.#open -= 1;
      const code = codeOf(stream);
      const error = code === 'OK' ? undefined : new ServingError(code, 'answered by the gRPC library');
      const endedAt = performance.now();
      const totalNs = account.clock.times(endedAt).totalNs;
      this.#observe({ ...NO_INFERENCE, method: path, code, endedAt, totalNs }, account, error);
    });
    return true;
  }
}

/** How a stream ended, by the status it sent. */
function codeOf(stream: ServerHttp2Stream): EndCode {
  const sent = stream.sentTrailers?.['grpc-status'] ?? stream.sentHeaders?.['grpc-status'];
  if (sent === undefined) return 'CANCELLED';
  if (Number(sent) === GRPC_OK) return 'OK';
  const found = Object.entries(CODES).find(([, { grpc }]) => grpc === Number(sent));
  return (found?.[0] as EndCode | undefined) ?? 'INTERNAL';
}
