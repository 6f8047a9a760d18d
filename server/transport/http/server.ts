// The HTTP port: probes, metrics, objectives, model reports, log level and the status page, and the calls of the protocols. Where there
// is an admin address, only that one takes what writes.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ServingError, toServingError } from '../../errors.ts';
import type { CallObserver } from '../../inference/account.ts';
import type { Keeper } from '../../inference/grant.ts';
import type { HttpRoute } from '../../protocol/http-route.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import { type ByteGate, ConnectionShare } from '../memory/byte-gate.ts';
import { Watchdog } from '../watchdog.ts';
import { type AskedCall, HttpCall, type HttpCallHost, methodName } from './call.ts';
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
  /** Connections open at one time. */
  readonly maxConnections: number;
  /** Longest body of a call in bytes, in either direction. */
  readonly maxMessage: number;
  /** Most bytes of calls held for one connection. */
  readonly maxConnectionBytes: number;
  /** Milliseconds for a request to arrive and for a reply to be read. */
  readonly peerTimeoutMs: number;
  /** What the ports share: the limit on bytes in flight, and memory for messages. */
  readonly gate: ByteGate;
  readonly pool: BufferPool;
  /** Told of every call of a protocol. */
  readonly observe: CallObserver;
  /** Told of failures that are bugs. */
  failed?(error: ServingError): void;
}

/** Time between two looks at the calls of a drain. */
const lookMs = 20;

export class HttpTransport {
  readonly #options: HttpOptions;
  readonly #routes: readonly HttpRoute[];
  readonly #listeners: readonly Listener[];
  /** Requests to a socket that does not take what writes. */
  readonly #readers = new WeakSet<IncomingMessage>();
  readonly #shares = new WeakMap<object, ConnectionShare>();
  readonly #watchdog = new Watchdog();
  readonly #host: HttpCallHost;
  #draining = false;
  #app: Promise<RequestListener> | undefined;

  constructor(options: HttpOptions, routes: readonly HttpRoute[]) {
    this.#options = options;
    this.#routes = routes;
    const { address, admin, tls, maxConnections, pool, observe, maxMessage, peerTimeoutMs } = options;
    const draining = (): boolean => this.#draining;
    this.#host = {
      pool,
      observe,
      maxMessage,
      peerTimeoutMs,
      watchdog: this.#watchdog,
      get draining() {
        return draining();
      },
    };
    const main = (request: IncomingMessage, response: ServerResponse): void => {
      if (admin !== null) this.#readers.add(request);
      void this.#answer(request, response);
    };
    const writer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    const all = [new Listener(address, maxConnections, main, tls)];
    if (admin !== null) all.push(new Listener(admin, maxConnections, writer, tls));
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

  /** What calls are counted as. */
  get methods(): Iterable<string> {
    return this.#routes.flatMap((route) => ('exchange' in route ? [methodName(route)] : []));
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

  /** Takes no new calls and lets open ones finish, for at most `timeoutMs`; pages are answered on. True when no call is left. */
  async drain(timeoutMs: number): Promise<boolean> {
    this.#draining = true;
    const deadline = performance.now() + timeoutMs;
    while (this.#watchdog.open > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    return this.#watchdog.open === 0;
  }

  /** Stops listening, lets answers in progress finish for a moment, then cuts the rest. */
  async stop(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.stop()));
    this.#watchdog.close();
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
      call: (request, response, asked) => this.#call(request, response, asked),
      failed: (error) => this.#options.failed?.(error),
    });
  }

  #call(request: IncomingMessage, response: ServerResponse, asked: AskedCall): void {
    let share = this.#shares.get(request.socket);
    if (share === undefined) {
      share = new ConnectionShare(this.#options.gate, this.#options.maxConnectionBytes);
      this.#shares.set(request.socket, share);
    }
    new HttpCall(request, response, asked, share, this.#host);
  }
}
