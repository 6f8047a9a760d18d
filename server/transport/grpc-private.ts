// Everything that needs members of @grpc/grpc-js which are not part of its types. Each accessor fails loudly when an
// upgrade moves what it needs; grpc-private.test.ts runs them all.
//
// Why: a server has no public option for HTTP/2 frame size and flow-control windows, and with the defaults a 600 KB
// request takes almost three times as long; and messages have to be counted while they arrive.

import type { Http2Server, ServerHttp2Session, ServerHttp2Stream, Settings } from 'node:http2';
import type { Socket } from 'node:net';
import type { Server, ServerInterceptingCallInterface } from '@grpc/grpc-js';

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
  readonly commonServerOptions?: { settings?: Settings };
  readonly http2Servers?: Map<Http2Server, unknown>;
}

function moved(member: string): never {
  throw new Error(`@grpc/grpc-js: ${member} is not where version 1.14 has it; transport/grpc-private.ts needs a look`);
}

/** Before binding: the settings every session announces. */
export function tuneSettings(server: Server): void {
  const options = (server as unknown as PrivateServer).commonServerOptions;
  if (typeof options !== 'object' || options === null) return moved('Server.commonServerOptions');
  const { maxFrameSize, initialWindowSize } = HTTP2_SETTINGS;
  options.settings = { ...options.settings, maxFrameSize, initialWindowSize };
}

/** After binding: the HTTP/2 servers behind a gRPC server. */
export function http2ServersOf(server: Server): Http2Server[] {
  const servers = (server as unknown as PrivateServer).http2Servers;
  if (!(servers instanceof Map)) return moved('Server.http2Servers');
  return [...servers.keys()];
}

/** The open connections of a server. */
export class Connections {
  readonly #sessions = new Set<ServerHttp2Session>();
  #open = 0;

  /** After binding: session windows, no delayed small packets, and a limit on connections over all of the HTTP/2 servers. */
  constructor(servers: readonly Http2Server[], max: number) {
    for (const server of servers) {
      server.on('session', (session: ServerHttp2Session) => this.#tune(session));
      server.prependListener('connection', (socket: Socket) => this.#admit(socket, max));
    }
  }

  get open(): number {
    return this.#open;
  }

  /** Cuts every connection; the library's own forced shutdown misses those it has begun to close. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy();
  }

  #tune(session: ServerHttp2Session): void {
    session.setLocalWindowSize(HTTP2_SETTINGS.sessionWindowSize);
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
  }

  #admit(socket: Socket, max: number): void {
    this.#open += 1;
    socket.once('close', () => {
      this.#open -= 1;
    });
    if (this.#open > max) socket.destroy();
    else socket.setNoDelay(true);
  }
}

/** The HTTP/2 stream of a call, as the innermost interceptor gets it. */
export function streamOf(call: ServerInterceptingCallInterface): ServerHttp2Stream {
  const { stream } = call as unknown as { readonly stream?: ServerHttp2Stream };
  if (typeof stream?.on !== 'function' || typeof stream.respond !== 'function')
    return moved('BaseServerInterceptingCall.stream');
  return stream;
}

/** Lets `change` look at every status the call sends, those that @grpc/grpc-js decides on by itself included. */
export function interceptStatus(call: ServerInterceptingCallInterface, change: (details: string) => string): void {
  const send = call.sendStatus.bind(call);
  call.sendStatus = (status) => {
    if (status.code === undefined || status.code === 0 || typeof status.details !== 'string') send(status);
    else send({ ...status, details: change(status.details) });
  };
}
