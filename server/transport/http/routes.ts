// What each path of the server's own answers. Every answer in JSON has names in snake_case.

import { ServingError } from '../../errors.ts';
import type { VersionSettingsControl } from '../../model/served.ts';
import { type HttpAsking, type HttpPage, type HttpReply, jsonReply } from '../../protocol/http-route.ts';
import { quote } from '../../util/text.ts';
import { levelIn } from './body.ts';
import { longJson } from './long-json.ts';
import { statusDocument } from './page/document.ts';
import { sloServables } from './slo-view.ts';
import { type StatusParts, statusHead, statusServables } from './status-view.ts';
import { versionRoutes } from './version-routes.ts';

/** What these routes answer from. */
export interface HttpParts extends StatusParts {
  /** Labels and versions by call; absent: there are none. */
  readonly versions?: VersionSettingsControl | undefined;
  /** The metrics and their content type, for a header `Accept`. */
  metrics(accept: string): Promise<{ readonly type: string; readonly body: readonly Uint8Array[] }>;
  logLevel(): string;
  /** Sets the level; false when there is no level of that name. */
  setLogLevel(level: string): boolean;
}

async function longReply(head: object, servables: Iterable<unknown>): Promise<HttpReply> {
  return { status: 200, type: 'application/json', body: await longJson(head, 'servables', servables) };
}

function status(parts: HttpParts): Promise<HttpReply> {
  const now = performance.now();
  return longReply(statusHead(parts, now), statusServables(parts, now));
}

function ready({ readiness }: HttpParts): HttpReply {
  const detail = readiness.detail();
  return jsonReply(detail, detail.ready ? 200 : 503);
}

function report({ models }: HttpParts, { model = '', version = '' }: HttpAsking['params']): HttpReply {
  const lease = models.lease(model, version);
  try {
    return jsonReply(lease.model.report());
  } finally {
    lease.release();
  }
}

async function metrics(parts: HttpParts, accept: string): Promise<HttpReply> {
  const { type, body } = await parts.metrics(accept);
  return { status: 200, type, body };
}

function setLevel(parts: HttpParts, body: string): HttpReply {
  const level = levelIn(body);
  if (!parts.setLogLevel(level))
    throw new ServingError(
      'INVALID_ARGUMENT',
      `log level ${quote(level)}: want trace, debug, info, warn, error or fatal`,
    );
  return jsonReply({ level: parts.logLevel() });
}

function page(): HttpReply {
  const { html, policy } = statusDocument();
  return {
    status: 200,
    type: 'text/html; charset=utf-8',
    body: html,
    headers: { 'content-security-policy': policy, 'referrer-policy': 'no-referrer' },
  };
}

/** Probes, metrics, objectives, reports, the log level and the status page. */
export function ownRoutes(parts: HttpParts): readonly HttpPage[] {
  const get = (path: string, summary: string, handle: HttpPage['handle']): HttpPage => ({
    method: 'GET',
    path,
    summary,
    handle,
  });
  const reportOf: HttpPage['handle'] = ({ params }) => report(parts, params);
  return [
    { ...get('/livez', 'whether the process runs', () => jsonReply({ live: true })), anyHost: true, group: 'health' },
    { ...get('/readyz', 'whether it is ready', () => ready(parts)), anyHost: true, group: 'health', no: [503] },
    {
      ...get('/metrics', 'the metrics', ({ accept }) => metrics(parts, accept)),
      anyHost: true,
      group: 'metrics',
      givesType: 'text/plain',
    },
    get('/v2/models/:model/report', 'how a model was compiled', reportOf),
    get('/v2/models/:model/versions/:version/report', 'how a version was compiled', reportOf),
    ...versionRoutes(parts.versions),
    get('/slo', 'objectives and their budgets', () => longReply({}, sloServables(parts.ledger, performance.now()))),
    get('/log-level', 'the log level', () => jsonReply({ level: parts.logLevel() })),
    {
      method: 'PUT',
      path: '/log-level',
      summary: 'changes the log level',
      writes: true,
      takes: { type: 'object', required: ['level'], properties: { level: { type: 'string' } } },
      handle: ({ body }) => setLevel(parts, body),
    },
    get('/status.json', 'the figures of the status page', () => status(parts)),
    { ...get('/', 'the status page', page), givesType: 'text/html' },
  ];
}

export { openApiRoute } from './openapi.ts';
