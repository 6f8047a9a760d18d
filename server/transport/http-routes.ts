// What each HTTP path answers.

import { ServingError } from '../errors.ts';
import type { Readiness } from '../inference/readiness.ts';
import type { ModelDirectory } from '../model/served.ts';
import { quote } from '../util/text.ts';
import { statusPage } from './status-page.ts';
import { snapshot } from './status-snapshot.ts';

/** What the HTTP port answers from. */
export interface HttpParts {
  readonly readiness: Readiness;
  readonly models: ModelDirectory;
  /** The metrics and their content type, for a header `Accept`. */
  metrics(accept: string): Promise<{ readonly type: string; readonly body: string | Uint8Array }>;
  logLevel(): string;
  /** Sets the level; false when there is no level of that name. */
  setLogLevel(level: string): boolean;
  /** Names the server on the status page. */
  readonly serverVersion: string;
  /** Told of failures that are bugs. */
  failed?(error: ServingError): void;
}

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

type Handler = (parts: HttpParts, args: readonly string[], body: string, accept: string) => Reply | Promise<Reply>;

export interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
}

function json(value: unknown, status = 200): Reply {
  return { status, type: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` };
}

function ready({ readiness }: HttpParts): Reply {
  const detail = readiness.detail();
  return json(detail, detail.ready ? 200 : 503);
}

function report({ models }: HttpParts, [name = '', version = '']: readonly string[]): Reply {
  const lease = models.lease(name, version);
  try {
    return json(lease.model.report());
  } finally {
    lease.release();
  }
}

async function metrics(parts: HttpParts, _args: readonly string[], _body: string, accept: string): Promise<Reply> {
  const { type, body } = await parts.metrics(accept);
  return { status: 200, type, body };
}

function setLevel(parts: HttpParts, _args: readonly string[], body: string): Reply {
  const level = levelIn(body);
  if (!parts.setLogLevel(level))
    throw new ServingError(
      'INVALID_ARGUMENT',
      `log level ${quote(level)}: want trace, debug, info, warn, error or fatal`,
    );
  return json({ level: parts.logLevel() });
}

/** The level in `{"level":"debug"}` or in plain text. */
function levelIn(body: string): string {
  const text = body.trim();
  if (!text.startsWith('{') && !text.startsWith('"')) return text;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ServingError('INVALID_ARGUMENT', 'request body: is not JSON, want {"level":"info"}');
  }
  const level = typeof parsed === 'object' && parsed !== null ? (parsed as { level?: unknown }).level : parsed;
  if (typeof level !== 'string')
    throw new ServingError('INVALID_ARGUMENT', 'request body: no level, want {"level":"info"}');
  return level;
}

function page(parts: HttpParts): Reply {
  return {
    status: 200,
    type: 'text/html; charset=utf-8',
    body: statusPage(snapshot(parts)),
    headers: {
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    },
  };
}

const level = { GET: (parts: HttpParts): Reply => json({ level: parts.logLevel() }), PUT: setLevel, POST: setLevel };

/** Every path, first match wins. */
export const routes: readonly Route[] = [
  { path: /^\/livez$/, methods: { GET: () => json({ live: true }) } },
  { path: /^\/readyz$/, methods: { GET: ready } },
  { path: /^\/metrics$/, methods: { GET: metrics } },
  { path: /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?\/report$/, methods: { GET: report } },
  { path: /^\/log-level$/, methods: { GET: level.GET, PUT: level.PUT, POST: level.POST } },
  { path: /^\/status\.json$/, methods: { GET: (parts) => json(snapshot(parts)) } },
  { path: /^\/$/, methods: { GET: page } },
];
