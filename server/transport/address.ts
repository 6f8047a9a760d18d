// Listening addresses: host:port, [ipv6]:port and unix:PATH.

import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { ServingError } from '../errors.ts';

export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/** Parses an address; throws INVALID_CONFIG. */
export function parseAddress(text: string): Address {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '') throw new ServingError('INVALID_CONFIG', `address ${JSON.stringify(text)}: no path after unix:`);
    return { path };
  }
  const found = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65535) throw new ServingError('INVALID_CONFIG', `address ${JSON.stringify(text)}: want host:port, [ipv6]:port or unix:PATH`);
  return { host: found[1] ?? (found[2] === '' || found[2] === undefined ? '0.0.0.0' : found[2]), port };
}

/** Address as text; the port of `bound` stands in for a port of 0. */
export function addressText(address: Address, bound?: number): string {
  if ('path' in address) return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${bound ?? address.port}`;
}

/** Removes a socket file that a server which ended badly has left behind. A socket somebody listens on stays. */
export async function removeStaleSocket(path: string): Promise<void> {
  try {
    if (!lstatSync(path).isSocket()) return;
  } catch {
    return;
  }
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  });
  if (!alive) unlinkSync(path);
}
