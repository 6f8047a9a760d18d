// Everything that needs members of @grpc/grpc-js which are not part of its types. Each accessor fails loudly when an
// upgrade moves what it needs; library.test.ts runs them all.
//
// Why: a server has no public option for HTTP/2 frame size and flow-control windows, and with the defaults a 600 KB
// request takes almost three times as long; and calls are taken from its HTTP/2 servers before its own handlers see them.

import type { Http2Server, ServerHttp2Stream, Settings } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

const MIB = 2 ** 20;

/** Fewer, larger frames, and windows that hold a typical request without a round trip for credit. */
export const HTTP2_SETTINGS: {
  readonly maxFrameSize: number;
  readonly initialWindowSize: number;
  readonly sessionWindowSize: number;
} = {
  maxFrameSize: MIB,
  initialWindowSize: 8 * MIB,
  sessionWindowSize: 16 * MIB,
};

interface PrivateServer {
  readonly commonServerOptions?: { settings?: Settings; streamResetBurst?: number; streamResetRate?: number };
  _setupHandlers?: (http2Server: Http2Server, ...rest: unknown[]) => void;
}

function moved(member: string): never {
  throw new Error(`@grpc/grpc-js: ${member} is not where version 1.14 has it; transport/grpc/library.ts needs a look`);
}

/** How many streams a connection may reset: `burst` at once, and `rate` a second after that. */
export interface ResetLimit {
  readonly burst: number;
  readonly rate: number;
}

/** Before binding: the settings every session announces, and the resets it may send. */
export function tuneSettings(server: Server, resets: ResetLimit): void {
  const options = (server as unknown as PrivateServer).commonServerOptions;
  if (typeof options !== 'object' || options === null) return moved('Server.commonServerOptions');
  const { maxFrameSize, initialWindowSize } = HTTP2_SETTINGS;
  options.settings = { ...options.settings, maxFrameSize, initialWindowSize };
  options.streamResetBurst = resets.burst;
  options.streamResetRate = resets.rate;
}

type StreamListener = (stream: ServerHttp2Stream, headers: Record<string, unknown>, ...rest: unknown[]) => void;

/** Before binding: calls `ready` with each HTTP/2 server once the library has set it up and before it listens. */
export function onHttp2Server(server: Server, ready: (http2Server: Http2Server) => void): void {
  const open = server as unknown as PrivateServer;
  const setUp = open._setupHandlers;
  if (typeof setUp !== 'function') return moved('Server._setupHandlers');
  open._setupHandlers = (http2Server, ...rest) => {
    setUp.call(server, http2Server, ...rest);
    ready(http2Server);
  };
}

/** Asks `take` about each stream first; what it leaves (false) goes to the library's own listener. */
export function takeStreams(
  http2Server: Http2Server,
  take: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => boolean,
): void {
  const [listener, ...others] = http2Server.listeners('stream') as StreamListener[];
  if (listener === undefined || others.length > 0) return moved("the one listener of Http2Server's 'stream'");
  http2Server.removeAllListeners('stream');
  http2Server.on('stream', (stream: ServerHttp2Stream, headers: Record<string, unknown>, ...rest: unknown[]) => {
    if (!take(stream, headers)) listener.call(http2Server, stream, headers, ...rest);
  });
}
