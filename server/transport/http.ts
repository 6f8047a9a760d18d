// The HTTP port: probes, metrics, model reports, log level and the status page. It answers operators and machines that
// watch; inference is the gRPC port's. One table of routes; every error is JSON.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServingError, toServingError } from '../errors.ts';
import { addressText, parseAddress, removeStaleSocket } from './address.ts';
import { type HttpParts, type Reply, routes } from './http-routes.ts';
import { httpStatus } from './status.ts';

/** Longest request body; only the log level has one. */
const MAX_BODY = 4096;

/** A caller has this long to send its request, so that idle half-requests cannot pile up. */
const REQUEST_TIMEOUT_MS = 10_000;

const MAX_CONNECTIONS = 512;

export class HttpTransport {
  readonly #address: string;
  readonly #parts: HttpParts;
  readonly #server: Server;
  #bound = '';

  /** address: host:port, [ipv6]:port or unix:PATH. */
  constructor(address: string, parts: HttpParts) {
    this.#address = address;
    this.#parts = parts;
    this.#server = createServer({
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: 60_000,
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('request', (request, response) => void this.#answer(request, response));
  }

  /** The address bound, with the port taken; empty before start(). */
  get address(): string {
    return this.#bound;
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
    this.#bound = addressText(address, typeof bound === 'object' ? bound?.port : undefined);
  }

  /** Stops listening, lets answers in progress finish for a moment, then cuts the rest. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), 500);
    await closed;
    clearTimeout(timer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let reply: Reply;
    try {
      reply = await this.#route(request);
    } catch (caught) {
      const error = toServingError(caught);
      if (error.code === 'INTERNAL') this.#parts.failed?.(error);
      const { status, body } = httpStatus(error);
      reply = { status, type: 'application/json', body: `${JSON.stringify(body)}\n` };
    }
    send(request, response, reply);
  }

  async #route(request: IncomingMessage): Promise<Reply> {
    const path = pathOf(request);
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    for (const route of routes) {
      const found = route.path.exec(path);
      if (found === null) continue;
      const handle = route.methods[method];
      if (handle === undefined) {
        const allow = Object.keys(route.methods).join(', ');
        const body = { error: `${method} ${path}: method not allowed, want ${allow}`, code: 'INVALID_ARGUMENT' };
        return { status: 405, type: 'application/json', body: `${JSON.stringify(body)}\n`, headers: { allow } };
      }
      const body = method === 'GET' ? '' : await readBody(request);
      return handle(
        this.#parts,
        found.slice(1).map((part) => decode(part ?? '')),
        body,
        request.headers.accept ?? '',
      );
    }
    throw new ServingError('NOT_FOUND', `${path.slice(0, 200)}: no such path`);
  }
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

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY) throw new ServingError('TOO_LARGE', `request body: over ${MAX_BODY} bytes`);
      chunks.push(chunk);
    }
  } catch (caught) {
    if (caught instanceof ServingError) throw caught;
    throw new ServingError('CANCELLED', 'request body: the client went away', { cause: caught });
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body, 'utf8') : reply.body;
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...reply.headers,
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
