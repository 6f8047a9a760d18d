// Listening addresses: host:port, [ipv6]:port and unix:PATH.

import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { type Address, readAddress } from '../config/address.ts';
import { ServingError } from '../errors.ts';

/** Parses an address; throws INVALID_CONFIG. */
export function parseAddress(text: string): Address {
  const address = readAddress(text);
  if (address === undefined)
    throw new ServingError(
      'INVALID_CONFIG',
      `address ${JSON.stringify(text)}: want host:port, [ipv6]:port or unix:PATH`,
    );
  return address;
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
