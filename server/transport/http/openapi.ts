// The description of the HTTP port in OpenAPI 3.1, made of its routes.

import { CODES } from '../../errors.ts';
import { type HttpPage, type HttpRoute, type JsonSchema, jsonLine } from '../../protocol/http-route.ts';

/** The body of every failure. */
const failure: JsonSchema = {
  type: 'object',
  required: ['error', 'code'],
  properties: { error: { type: 'string' }, code: { type: 'string' } },
};

/** Statuses of failures: those of the error table, and what the port itself refuses. */
const statuses: readonly number[] = [
  ...new Set([...Object.values(CODES).map(({ http }) => http), 400, 403, 405, 415, 421]),
].sort((a, b) => a - b);

const jsonOf = (schema: JsonSchema): object => ({ 'application/json': { schema } });

function parametersOf({ path }: HttpRoute): readonly object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', minLength: 1 },
  }));
}

function operationOf(route: HttpRoute): object {
  const { summary = '', takes, gives, givesType } = route;
  const content = gives === undefined ? { [givesType ?? 'application/json']: {} } : jsonOf(gives);
  const more = route.binary === true ? { 'application/octet-stream': {} } : {};
  const body = {
    required: route.takesNone !== true,
    content: { ...(takes === undefined ? {} : jsonOf(takes)), ...more },
  };
  return {
    summary,
    parameters: parametersOf(route),
    ...(takes === undefined ? {} : { requestBody: body }),
    responses: {
      200: { description: 'the answer', content: { ...content, ...more } },
      ...Object.fromEntries(
        (route.no ?? []).map((status) => [status, { description: 'no', content: jsonOf({ type: 'object' }) }]),
      ),
      ...Object.fromEntries(
        statuses
          .filter((status) => !(route.no ?? []).includes(status))
          .map((status) => [status, { description: 'a failure', content: jsonOf(failure) }]),
      ),
    },
  };
}

/** The document. */
export function openApiOf(routes: readonly HttpRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return { openapi: '3.1.0', info: { title: 'mindird', version }, paths };
}

/** The route that tells the document of these routes, itself among them. */
export function openApiRoute(routes: readonly HttpRoute[], version: string): HttpPage {
  const summary = 'this description';
  const page: HttpPage = {
    method: 'GET',
    path: '/openapi.json',
    summary,
    about: () => undefined,
    handle: () => jsonLine(openApiOf([...routes, page], version)),
  };
  return page;
}
