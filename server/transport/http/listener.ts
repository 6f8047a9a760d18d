// One listening socket of the HTTP port.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServingError } from '../../errors.ts';
import { addressText, parseAddress, removeStaleSocket } from '../address.ts';

/** A caller has this long to send its request, so that idle half-requests cannot pile up. */
const requestTimeoutMs = 10_000;

const maxConnections = 512;

/** How long answers in progress may take once the port closes. */
const closingMs = 500;

/** The server behind a socket. */
function makeServer(answer: RequestListener): Server {
  const options = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs, keepAliveTimeout: 60_000 };
  return createServer(options, answer);
}

export class Listener {
  readonly #address: string;
  readonly #server: Server;
  bound = '';

  /** address: host:port, [ipv6]:port or unix:PATH. */
  constructor(address: string, answer: RequestListener) {
    this.#address = address;
    this.#server = makeServer(answer);
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
