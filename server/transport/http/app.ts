// From a request to its route and back, by fastify: it finds the route, and every failure, its own too, becomes JSON. The server's
// sockets are made elsewhere (listener.ts); nothing here is loaded before the first request.
//
//   request ─► route ─► guard (Host, Origin, method, who asks, who may write) ─► body ─► handler ─► reply

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { ServingError, toServingError } from '../../errors.ts';
import { type CallGroup, type Grant, requireGrant } from '../../inference/grant.ts';
import { groupOf, type HttpReply, type HttpRoute, jsonLine } from '../../protocol/http-route.ts';
import { readBody } from './body.ts';
import type { AskedCall } from './call.ts';
import { checkJson, checkSource, HttpRefusal } from './guard.ts';
import { errorReply, headersOf, piecesOf } from './reply.ts';

export interface AppOptions {
  readonly routes: readonly HttpRoute[];
  /** Names the server has beside addresses and private names. */
  readonly hosts: readonly string[];
  /** What who asks may do; throws where it may not ask this. */
  admit(request: IncomingMessage, group: CallGroup): Grant | undefined;
  /** Whether the socket of a request takes what writes. */
  mayWrite(request: IncomingMessage): boolean;
  /** Takes a call of a protocol over, its body unread. */
  call(request: IncomingMessage, response: ServerResponse, asked: AskedCall): void;
  /** Told of failures that are bugs. */
  failed(error: ServingError): void;
}

/** Methods that are answered with what a path has instead, where it has not got them. */
const known = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'];

/** Longest segment of a path; what it names may be shorter, and says so itself. */
const longestSegment = 4096;

/** Bodies are read and checked by the handlers, replies are text already: neither needs fastify's schemas, whose compilers are large. */
const noSchemas = (): never => {
  throw new Error('the routes have no schemas');
};

type Params = Readonly<Record<string, string>>;
type Routes = ReadonlyMap<string, HttpRoute>;

/** Resolves to what answers requests. */
export async function buildApp(options: AppOptions): Promise<RequestListener> {
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { maxParamLength: longestSegment },
    frameworkErrors: (error, request, reply) => send(request, reply, failure(error, options)),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setNotFoundHandler((request) => {
    throw new ServingError('NOT_FOUND', `${pathOf(request).slice(0, 200)}: no such path`);
  });
  app.setErrorHandler((error, request, reply) => send(request, reply, failure(error, options)));
  for (const [path, routes] of byPath(options.routes)) addPath(app, path, routes, options);
  await app.ready();
  return (request, response) => app.routing(request, response);
}

/** The routes of each path, by method. */
function byPath(routes: readonly HttpRoute[]): ReadonlyMap<string, Routes> {
  const paths = new Map<string, Map<string, HttpRoute>>();
  for (const route of routes) {
    const found = paths.get(route.path) ?? new Map<string, HttpRoute>();
    paths.set(route.path, found.set(route.method, route));
  }
  return paths;
}

function addPath(app: FastifyInstance, url: string, routes: Routes, options: AppOptions): void {
  app.route({
    method: known,
    url,
    handler: async (request, reply) => {
      const route = routes.get(request.method === 'HEAD' ? 'GET' : request.method);
      const { host, origin } = request.headers;
      if (route?.anyHost !== true) checkSource({ host, origin }, options.hosts);
      if (route === undefined) return send(request, reply, notAllowed(request, [...routes.keys()]));
      const params = request.params as Params;
      if ('exchange' in route) {
        if (route.writes === true) checkWrite(request, options);
        reply.hijack();
        return options.call(request.raw, reply.raw, {
          route,
          params,
          access: accessOf(request, route, params, options),
        });
      }
      const grant = admit(request, route, params, options);
      if (route.writes === true) checkWrite(request, options);
      if (route.writes === true && 'handle' in route) checkJson(request.headers['content-type']);
      const body = route.method === 'GET' ? '' : await readBody(request.raw);
      const { accept = '' } = request.headers;
      return send(request, reply, await route.handle({ params, body, accept, grant }));
    },
  });
}

/** What who asks may do; throws where it may not ask this of this servable. */
function admit({ raw }: FastifyRequest, route: HttpRoute, params: Params, options: AppOptions): Grant | undefined {
  const grant = options.admit(raw, groupOf(route));
  const about = route.about === undefined ? (params['model'] ?? '') : route.about(params);
  if (about !== undefined) requireGrant(grant, about);
  return grant;
}

/** The same for a call, whose refusal is counted as its end. */
function accessOf(
  request: FastifyRequest,
  route: HttpRoute,
  params: Params,
  options: AppOptions,
): Grant | ServingError | undefined {
  try {
    return admit(request, route, params, options);
  } catch (caught) {
    if (caught instanceof HttpRefusal) throw caught;
    return toServingError(caught);
  }
}

function checkWrite(request: FastifyRequest, options: AppOptions): void {
  if (!options.mayWrite(request.raw)) {
    const asked = `${request.method} ${pathOf(request)}`;
    throw new HttpRefusal(403, `${asked}: only the address of server.admin takes what writes`);
  }
}

function notAllowed(request: FastifyRequest, methods: readonly string[]): HttpReply {
  const allow = methods.join(', ');
  const error = `${request.method} ${pathOf(request)}: method not allowed, want ${allow}`;
  return { ...jsonLine({ error, code: 'INVALID_ARGUMENT' }, 405), headers: { allow } };
}

function failure(caught: unknown, { failed }: AppOptions): HttpReply {
  if (caught instanceof HttpRefusal)
    return jsonLine({ error: caught.message, code: 'INVALID_ARGUMENT' }, caught.status);
  const error = ofFastify(caught) ?? toServingError(caught);
  if (error.code === 'INTERNAL') failed(error);
  return errorReply(error);
}

/** What fastify refuses of a request, a path that is not encoded well for one. */
function ofFastify(caught: unknown): ServingError | undefined {
  const { code, statusCode, message } = caught as { code?: unknown; statusCode?: unknown; message?: unknown };
  if (typeof code !== 'string' || !code.startsWith('FST_') || typeof statusCode !== 'number') return undefined;
  if (statusCode >= 500) return undefined;
  return new ServingError('INVALID_ARGUMENT', `request: ${String(message)}`, { cause: caught });
}

function pathOf({ url }: FastifyRequest): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

function send(request: FastifyRequest, reply: FastifyReply, answer: HttpReply): FastifyReply {
  const pieces = piecesOf(answer.body);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return reply
    .code(answer.status)
    .headers({ ...headersOf(answer, length), ...(request.raw.complete ? {} : { connection: 'close' }) })
    .send(pieces.length === 1 ? pieces[0] : Readable.from(pieces, { objectMode: false }));
}
