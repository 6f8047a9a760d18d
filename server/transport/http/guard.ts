// Who may ask the HTTP port what. Web pages run in the browsers of people who can reach it, so a page must neither write to it nor read
// it: not across origins, and not by a name of its own that it makes resolve to this machine (DNS rebinding). Such names are public,
// therefore names that no public resolver knows, addresses, and names the configuration allows are trusted.

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { TLSSocket } from 'node:tls';
import type { CallGroup } from '../../inference/grant.ts';
import { clientRefusal } from '../tls/refusal.ts';

/** An answer that refuses; the texts say what to do. */
export class HttpRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'HttpRefusal';
    this.status = status;
  }
}

/** Ends of names that public resolvers never answer. */
const privateEnds = ['.localhost', '.local', '.internal', '.svc', '.cluster.local', '.home.arpa'];

/** The name or address in a header `Host`, without port and brackets, in lower case; undefined when it is none. */
export function hostOf(header: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_.-]{1,253}))(?::\d{1,5})?$/i.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}

/** Whether a page from elsewhere cannot have chosen this name. */
export function trusted(host: string, allowed: readonly string[]): boolean {
  if (allowed.some((name) => name === '*' || name.toLowerCase() === host)) return true;
  if (isIP(host) !== 0 || host === hostname().toLowerCase()) return true;
  return !host.includes('.') || privateEnds.some((end) => host.endsWith(end));
}

export interface Asked {
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/** Throws HttpRefusal for what a web page from elsewhere may have sent; `allowed` is server.hosts. */
export function checkSource({ host, origin }: Asked, allowed: readonly string[]): void {
  const name = hostOf(host ?? '');
  if (name === undefined) throw new HttpRefusal(400, 'header Host: is missing or no host');
  if (!trusted(name, allowed))
    throw new HttpRefusal(
      421,
      `header Host: ${name} is not a name of this server; server.hosts lists the names it has`,
    );
  if (origin === undefined) return;
  if (!isOwn(origin, host ?? ''))
    throw new HttpRefusal(403, 'header Origin: pages of other origins may not ask this server');
}

/** Whether an origin is that of the host asked, the scheme's own port being the same as none. */
function isOwn(origin: string, host: string): boolean {
  try {
    const { protocol, host: from } = new URL(origin);
    return from !== '' && from === new URL(`${protocol}//${host}`).host;
  } catch {
    return false;
  }
}

/** Throws HttpRefusal unless the body is declared as JSON: what forms and scripts can send across origins without being asked is not. */
export function checkJson(contentType: string | undefined): void {
  const [type = ''] = (contentType ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json')
    throw new HttpRefusal(415, `content-type: found ${type.trim().slice(0, 100) || 'none'}, want application/json`);
}

/** Throws HttpRefusal where a client must show a certificate and has shown none that holds. Health is told to all, and sockets of the file system are plain. */
export function checkCertificate({ socket }: IncomingMessage, group: CallGroup): void {
  const { encrypted, authorized, authorizationError } = socket as Partial<TLSSocket>;
  if (group === 'health' || encrypted !== true || authorized === true) return;
  throw new HttpRefusal(403, clientRefusal(String(authorizationError)));
}
