// Server addresses as people type them.

import { CommandFailure } from '../failure.ts';

const defaultPort = 5500;

/** The target grpc-js wants for HOST:PORT, HOST, :PORT or unix:PATH; the port defaults to the server's default. */
export function grpcTarget(address: string): string {
  if (address === '') throw new CommandFailure('address is empty, want HOST:PORT or unix:PATH');
  if (/\.(mindir|mindplan)$/.test(address) && !address.startsWith('unix:'))
    throw new CommandFailure(
      `${address}: is a model file, want the address of a server: put it into DIR/NAME/1/ and run mindird serve --repository DIR`,
    );
  if (address.startsWith('unix:')) return address;
  const bare = address.startsWith('dns:') ? address.slice('dns:'.length) : address;
  const port = /:(\d+)$/.exec(bare)?.[1];
  const host = port === undefined ? bare : bare.slice(0, -(port.length + 1));
  if (port !== undefined && Number(port) > 65535)
    throw new CommandFailure(`${address}: port is ${port}, want at most 65535`);
  const known = host === '' || host === '0.0.0.0' || host === '[::]' ? '127.0.0.1' : host;
  return `${known}:${port ?? defaultPort}`;
}
