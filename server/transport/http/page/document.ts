// The status page: a shell that holds its style and its script, which asks /status.json every other second and draws what it is told.
// Nothing is loaded from elsewhere, and the policy lets nothing else run.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { style } from './style.ts';

export interface StatusDocument {
  readonly html: string;
  /** The header Content-Security-Policy. */
  readonly policy: string;
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function build(): StatusDocument {
  // The script is a module of this folder, compiled like every other.
  const script = readFileSync(new URL('./status-client.js', import.meta.url), 'utf8').replace(
    /^\/\/# sourceMappingURL=.*$/m,
    '',
  );
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>mindird</title><style>${style}</style></head><body>
<header id="head"><h1>mindird</h1><span class="pill">asking</span></header>
<main id="main"></main>
<div id="plan"></div>
<div id="slow"></div>
<nav><a href="metrics">metrics</a><a href="slo">objectives</a><a href="readyz">readiness</a><a href="status.json">this page as JSON</a></nav>
<noscript><p class="empty">This page draws itself with a script; /status.json has the same figures.</p></noscript>
<script type="module">${script}</script></body></html>
`;
  return { html, policy };
}

let made: StatusDocument | undefined;

/** The page, which is made once. */
export function statusDocument(): StatusDocument {
  made ??= build();
  return made;
}
