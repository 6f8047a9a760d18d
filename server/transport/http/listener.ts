// One listening socket of the HTTP port.

import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ServingError } from '../../errors.ts';
import { addressText, parseAddress, removeStaleSocket } from '../address.ts';
import type { TlsSource } from '../tls/certificates.ts';
import { HANDSHAKE_TIMEOUT_MS } from '../tls/handshake.ts';
import { type TlsRefusal, tlsRefusal } from '../tls/refusal.ts';

/** A caller has this long to send the headers of a request; whoever reads the body bounds the time of that. */
const headersTimeoutMs = 10_000;

/** How long answers in progress may take once the port closes. */
const closingMs = 500;

/** TLS of a listener, and who is told of connections that came to nothing. */
export interface ListenerTls {
  readonly source: TlsSource;
  refused(refusal: TlsRefusal, peer: string | undefined): void;
}

/** The server behind a socket. */
function makeServer(answer: RequestListener, tls: ListenerTls | undefined): Server {
  const options = { requestTimeout: 0, headersTimeout: headersTimeoutMs, keepAliveTimeout: 60_000 };
  if (tls === undefined) return createServer(options, answer);
  const { source } = tls;
  // A client without a certificate may ask how the server is, so what it asks for decides, not the handshake.
  const asking = { requestCert: source.asksClients, rejectUnauthorized: false };
  const server = createSecureServer(
    { ...options, ...source.context, ...asking, handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
    answer,
  );
  source.onChange((context) => server.setSecureContext(context));
  server.on('tlsClientError', (error: Error, socket: TLSSocket) =>
    tls.refused(tlsRefusal(error, undefined), socket.remoteAddress),
  );
  return server;
}

export class Listener {
  readonly #address: string;
  readonly #server: Server;
  bound = '';

  /** address: host:port, [ipv6]:port or unix:PATH; the last stays plain. */
  constructor(address: string, maxConnections: number, answer: RequestListener, tls?: ListenerTls) {
    this.#address = address;
    this.#server = makeServer(answer, address.startsWith('unix:') ? undefined : tls);
    this.#server.maxConnections = maxConnections;
  }

  /** Binds; throws INVALID_CONFIG. */
  async start(): Promise<void> {
    const address = parseAddress(this.#address);
    if ('path' in address) await removeStaleSocket(address.path);
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void =>
        reject(new ServingError('INVALID_CONFIG', `HTTP address ${this.#address}: ${error.message}`, { cause: error }));
      this.#server.once('error', fail);
      this.#server.listen(address, () => {
        this.#server.off('error', fail);
        resolve();
      });
    });
    const bound = this.#server.address() as AddressInfo | string | null;
    this.bound = addressText(address, typeof bound === 'object' ? bound?.port : undefined);
  }

  /** Stops listening, lets answers in progress finish for a moment, then cuts the rest. */
  async stop(): Promise<void> {
    if (this.bound === '') return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), closingMs);
    await closed;
    clearTimeout(timer);
  }
}
