// The HTTP port: probes, metrics, objectives, model reports, log level and the status page. It answers operators and machines that
// watch; inference is the gRPC port's. One table of routes; every error is JSON. Where there is an admin address, only that one takes
// what writes.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServingError, toServingError } from '../../errors.ts';
import { addressText, parseAddress, removeStaleSocket } from '../address.ts';
import { httpStatus } from '../status.ts';
import { readBody } from './body.ts';
import { checkJson, checkSource, HttpRefusal } from './guard.ts';
import { type HttpParts, type Reply, type Route, routes } from './routes.ts';

/** A caller has this long to send its request, so that idle half-requests cannot pile up. */
const requestTimeoutMs = 10_000;

const maxConnections = 512;

export interface HttpOptions {
  /** host:port, [ipv6]:port or unix:PATH. */
  readonly address: string;
  /** Where writing is allowed; null: at `address`. */
  readonly admin: string | null;
  /** Names the server has beside addresses and private names. */
  readonly hosts: readonly string[];
}

/** One listening socket. */
class Listener {
  readonly #address: string;
  readonly #server: Server;
  bound = '';

  constructor(address: string, answer: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#address = address;
    this.#server = createServer({
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      keepAliveTimeout: 60_000,
    });
    this.#server.maxConnections = maxConnections;
    this.#server.on('request', answer);
  }

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

  async stop(): Promise<void> {
    if (this.bound === '') return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), 500);
    await closed;
    clearTimeout(timer);
  }
}

export class HttpTransport {
  readonly #options: HttpOptions;
  readonly #parts: HttpParts;
  readonly #listeners: readonly Listener[];

  constructor(options: HttpOptions, parts: HttpParts) {
    this.#options = options;
    this.#parts = parts;
    const listen = (address: string, mayWrite: boolean): Listener =>
      new Listener(address, (request, response) => void this.#answer(request, response, mayWrite));
    const { address, admin } = options;
    this.#listeners = [listen(address, admin === null), ...(admin === null ? [] : [listen(admin, true)])];
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

  async #answer(request: IncomingMessage, response: ServerResponse, mayWrite: boolean): Promise<void> {
    send(request, response, await this.#reply(request, mayWrite));
  }

  async #reply(request: IncomingMessage, mayWrite: boolean): Promise<Reply> {
    try {
      return await this.#route(request, mayWrite);
    } catch (caught) {
      if (caught instanceof HttpRefusal)
        return errorReply(caught.status, { error: caught.message, code: 'INVALID_ARGUMENT' });
      const error = toServingError(caught);
      if (error.code === 'INTERNAL') this.#parts.failed?.(error);
      const { status, body } = httpStatus(error);
      return errorReply(status, body);
    }
  }

  async #route(request: IncomingMessage, mayWrite: boolean): Promise<Reply> {
    const path = pathOf(request);
    for (const route of routes) {
      const found = route.path.exec(path);
      if (found !== null) return this.#handle(request, route, path, found.slice(1), mayWrite);
    }
    throw new ServingError('NOT_FOUND', `${path.slice(0, 200)}: no such path`);
  }

  async #handle(
    request: IncomingMessage,
    route: Route,
    path: string,
    args: readonly string[],
    mayWrite: boolean,
  ): Promise<Reply> {
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    const handle = method === 'GET' ? route.methods.GET : method === 'PUT' ? route.methods.PUT : undefined;
    const { host, origin, accept = '', 'content-type': type } = request.headers;
    if (route.anyHost !== true) checkSource({ host, origin }, this.#options.hosts);
    if (handle === undefined) {
      const allow = Object.keys(route.methods).join(', ');
      const error = `${method} ${path}: method not allowed, want ${allow}`;
      return { ...errorReply(405, { error, code: 'INVALID_ARGUMENT' }), headers: { allow } };
    }
    if (method !== 'GET') {
      if (!mayWrite)
        throw new HttpRefusal(403, `${method} ${path}: only the address of server.admin takes what writes`);
      checkJson(type);
    }
    const body = method === 'GET' ? '' : await readBody(request);
    return handle(this.#parts, { args: args.map((part) => decode(part ?? '')), body, accept });
  }
}

function errorReply(status: number, body: { readonly error: string; readonly code: string }): Reply {
  return { status, type: 'application/json', body: `${JSON.stringify(body)}\n` };
}

function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '/';
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ServingError('INVALID_ARGUMENT', 'path: is not valid percent-encoding');
  }
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const pieces = typeof reply.body === 'string' ? [Buffer.from(reply.body, 'utf8')] : reply.body;
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': pieces.reduce((sum, { length }) => sum + length, 0),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...reply.headers,
    ...(request.complete ? {} : { connection: 'close' }),
  });
  if (request.method !== 'HEAD') for (const piece of pieces) response.write(piece);
  response.end();
}
