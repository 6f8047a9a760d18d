// What each HTTP path answers. Every answer in JSON has names in snake_case.

import { ServingError } from '../../errors.ts';
import { quote } from '../../util/text.ts';
import { levelIn } from './body.ts';
import { longJson } from './long-json.ts';
import { statusDocument } from './page/document.ts';
import { sloServables } from './slo-view.ts';
import { type StatusParts, statusHead, statusServables } from './status-view.ts';

/** What the HTTP port answers from. */
export interface HttpParts extends StatusParts {
  /** The metrics and their content type, for a header `Accept`. */
  metrics(accept: string): Promise<{ readonly type: string; readonly body: readonly Uint8Array[] }>;
  logLevel(): string;
  /** Sets the level; false when there is no level of that name. */
  setLogLevel(level: string): boolean;
  /** Told of failures that are bugs. */
  failed?(error: ServingError): void;
}

export interface Reply {
  readonly status: number;
  readonly type: string;
  /** Text, or bytes in pieces. */
  readonly body: string | readonly Uint8Array[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a handler sees of a request. */
export interface Asking {
  /** The groups of the path, decoded. */
  readonly args: readonly string[];
  readonly body: string;
  readonly accept: string;
}

type Handler = (parts: HttpParts, asking: Asking) => Reply | Promise<Reply>;

export interface Route {
  readonly path: RegExp;
  readonly methods: { readonly GET: Handler; readonly PUT?: Handler };
  /** Asked by machines under whatever name they know the server by; tells nothing a page from elsewhere could use. */
  readonly anyHost?: true;
}

function json(value: unknown, status = 200): Reply {
  return { status, type: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` };
}

async function longReply(head: object, servables: Iterable<unknown>): Promise<Reply> {
  return { status: 200, type: 'application/json', body: await longJson(head, 'servables', servables) };
}

function status(parts: HttpParts): Promise<Reply> {
  const now = performance.now();
  return longReply(statusHead(parts, now), statusServables(parts, now));
}

function ready({ readiness }: HttpParts): Reply {
  const detail = readiness.detail();
  return json(detail, detail.ready ? 200 : 503);
}

function report({ models }: HttpParts, { args: [name = '', version = ''] }: Asking): Reply {
  const lease = models.lease(name, version);
  try {
    return json(lease.model.report());
  } finally {
    lease.release();
  }
}

async function metrics(parts: HttpParts, { accept }: Asking): Promise<Reply> {
  const { type, body } = await parts.metrics(accept);
  return { status: 200, type, body };
}

function setLevel(parts: HttpParts, { body }: Asking): Reply {
  const level = levelIn(body);
  if (!parts.setLogLevel(level))
    throw new ServingError(
      'INVALID_ARGUMENT',
      `log level ${quote(level)}: want trace, debug, info, warn, error or fatal`,
    );
  return json({ level: parts.logLevel() });
}

function page(): Reply {
  const { html, policy } = statusDocument();
  return {
    status: 200,
    type: 'text/html; charset=utf-8',
    body: html,
    headers: { 'content-security-policy': policy, 'referrer-policy': 'no-referrer' },
  };
}

/** Every path, first match wins. */
export const routes: readonly Route[] = [
  { path: /^\/livez$/, methods: { GET: () => json({ live: true }) }, anyHost: true },
  { path: /^\/readyz$/, methods: { GET: ready }, anyHost: true },
  { path: /^\/metrics$/, methods: { GET: metrics }, anyHost: true },
  { path: /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?\/report$/, methods: { GET: report } },
  { path: /^\/slo$/, methods: { GET: ({ ledger }) => longReply({}, sloServables(ledger, performance.now())) } },
  { path: /^\/log-level$/, methods: { GET: (parts) => json({ level: parts.logLevel() }), PUT: setLevel } },
  { path: /^\/status\.json$/, methods: { GET: status } },
  { path: /^\/$/, methods: { GET: page } },
];
