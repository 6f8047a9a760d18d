// The HTTP port: probes, metrics, objectives, model reports, log level and the status page, and the routes of the protocols. Where there
// is an admin address, only that one takes what writes.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ServingError, toServingError } from '../../errors.ts';
import type { Keeper } from '../../inference/grant.ts';
import type { HttpRoute } from '../../protocol/http-route.ts';
import { checkCertificate } from './guard.ts';
import { Listener, type ListenerTls } from './listener.ts';

export interface HttpOptions {
  /** host:port, [ipv6]:port or unix:PATH. */
  readonly address: string;
  /** Where writing is allowed; null: at `address`. */
  readonly admin: string | null;
  /** Names the server has beside addresses and private names. */
  readonly hosts: readonly string[];
  /** Absent: the port is plain. */
  readonly tls?: ListenerTls;
  /** Who may ask; absent: everybody. */
  readonly keeper?: Keeper | undefined;
  /** Told of failures that are bugs. */
  failed?(error: ServingError): void;
}

export class HttpTransport {
  readonly #options: HttpOptions;
  readonly #routes: readonly HttpRoute[];
  readonly #listeners: readonly Listener[];
  /** Requests to a socket that does not take what writes. */
  readonly #readers = new WeakSet<IncomingMessage>();
  #app: Promise<RequestListener> | undefined;

  constructor(options: HttpOptions, routes: readonly HttpRoute[]) {
    this.#options = options;
    this.#routes = routes;
    const { address, admin, tls } = options;
    const main = (request: IncomingMessage, response: ServerResponse): void => {
      if (admin !== null) this.#readers.add(request);
      void this.#answer(request, response);
    };
    const writer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    const all = [new Listener(address, main, tls)];
    if (admin !== null) all.push(new Listener(admin, writer, tls));
    this.#listeners = all;
  }

  /** The address bound, with the port taken; empty before start(). */
  get address(): string {
    return this.#listeners[0]?.bound ?? '';
  }

  /** The address that takes what writes. */
  get adminAddress(): string {
    return this.#listeners.at(-1)?.bound ?? '';
  }

  /** Binds; throws INVALID_CONFIG. */
  async start(): Promise<void> {
    try {
      for (const listener of this.#listeners) await listener.start();
    } catch (caught) {
      await this.stop();
      throw caught;
    }
  }

  /** Stops listening, lets answers in progress finish for a moment, then cuts the rest. */
  async stop(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.stop()));
  }

  /** The first request pays for the library: it takes some tens of milliseconds of processor time, a tenth of a whole start. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#app ??= this.#build();
    try {
      const answer = await this.#app;
      answer(request, response);
    } catch (caught) {
      this.#options.failed?.(toServingError(caught));
      response.writeHead(500, { connection: 'close' }).end();
    }
  }

  async #build(): Promise<RequestListener> {
    const { buildApp } = await import('./app.ts');
    return buildApp({
      routes: this.#routes,
      hosts: this.#options.hosts,
      admit: (request, group) => {
        const { tls, keeper } = this.#options;
        if (tls?.source.asksClients === true) checkCertificate(request, group);
        return keeper?.admit(request.socket, request.headers, group);
      },
      mayWrite: (request) => !this.#readers.has(request),
      failed: (error) => this.#options.failed?.(error),
    });
  }
}
