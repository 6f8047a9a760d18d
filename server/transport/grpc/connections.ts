// The open connections of the gRPC port: their number is limited, their windows are tuned, and those that are old are asked to go.
//
//   opened ─► age ─► GOAWAY that loses no call: the peer learns of it, and once it answers a ping behind it takes no more calls here
//                 └─► grace ─► cut

import { constants, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type TlsRefusal, tlsRefusal } from '../tls/refusal.ts';
import { HTTP2_SETTINGS } from './library.ts';

/** What happens to connections, for those who count. */
export type ConnectionEvent =
  | 'opened'
  | 'refused'
  | 'goaway_sent'
  | 'goaway_received'
  | 'aged_out'
  | 'failed'
  | TlsRefusal['event'];

/** Told of each event, with what is known of the peer and of the cause where there is something to tell. */
export type ConnectionObserver = (event: ConnectionEvent, peer?: string, error?: string) => void;

export interface ConnectionLimits {
  /** Connections open at one time, over all HTTP/2 servers. */
  readonly max: number;
  /** Milliseconds after which a connection is asked to go, a tenth more or less, so that not all of them go at once; null: never. */
  readonly ageMs: number | null;
  /** Milliseconds its calls have to end after that. */
  readonly graceMs: number;
}

/** The last stream there can be: a GOAWAY that names it refuses none yet. */
const LAST_STREAM = 2 ** 31 - 1;

const JITTER = 0.1;

export class Connections {
  readonly #sockets = new Set<Socket>();
  readonly #limits: ConnectionLimits;
  readonly #observe: ConnectionObserver;

  constructor(limits: ConnectionLimits, observe: ConnectionObserver) {
    this.#limits = limits;
    this.#observe = observe;
  }

  /** Session windows, no delayed small packets, the limits, and what goes wrong before there is a session. */
  watch(http2Server: Http2Server): void {
    http2Server.on('session', (session: ServerHttp2Session) => this.#tune(session));
    http2Server.prependListener('connection', (socket: Socket) => this.#admit(socket));
    http2Server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      const refusal = tlsRefusal(error, socket.authorizationError);
      this.#observe(refusal.event, peerOf(socket), refusal.error);
    });
    http2Server.on('unknownProtocol', (socket: TLSSocket) => {
      this.#observe('tls_failed', peerOf(socket), 'the client does not offer HTTP/2 (ALPN h2)');
      socket.destroy();
    });
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** Cuts every connection, also one whose session is closed and whose peer does not close the socket. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #tune(session: ServerHttp2Session): void {
    session.setLocalWindowSize(HTTP2_SETTINGS.sessionWindowSize);
    session.once('goaway', () => this.#observe('goaway_received'));
    session.once('error', () => this.#observe('failed'));
    this.#age(session);
  }

  #age(session: ServerHttp2Session): void {
    const { ageMs, graceMs } = this.#limits;
    if (ageMs === null) return;
    let timer = setTimeout(
      () => {
        if (session.closed || session.destroyed) return;
        this.#observe('goaway_sent');
        timer = setTimeout(() => {
          this.#observe('aged_out');
          session.destroy();
        }, graceMs).unref();
        session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM);
        // Calls that the peer began before it knew have arrived when its answer has; from then on there are none.
        session.ping(() => {
          if (!session.destroyed) session.close();
        });
      },
      spread(ageMs, Math.random()),
    ).unref();
    session.once('close', () => clearTimeout(timer));
  }

  #admit(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#sockets.size > this.#limits.max) {
      this.#observe('refused', peerOf(socket));
      socket.destroy();
      return;
    }
    this.#observe('opened');
    socket.setNoDelay(true);
  }
}

/** A time up to a tenth shorter or longer; random from 0 to 1. */
export function spread(ms: number, random: number): number {
  return ms * (1 + JITTER * (2 * random - 1));
}

function peerOf({ remoteAddress }: Socket): string | undefined {
  return remoteAddress;
}
