// How a command shows itself to a server that wants TLS or a key, and what it trusts.

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ChannelCredentials, credentials, Metadata } from '@grpc/grpc-js';
import type { Argv } from 'yargs';
import { CommandFailure, UsageError } from '../failure.ts';

/** Options of commands that call a server, as paths of files. */
export interface SecurityOptions {
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Adds the options. */
export function addSecurity<T>(program: Argv<T>): Argv<T & SecurityOptions> {
  return program
    .option('ca', { type: 'string', describe: 'PEM file with the authorities to know a server with TLS by' })
    .option('certificate', { type: 'string', describe: 'PEM file with the certificate to show (mutual TLS)' })
    .option('key', { type: 'string', describe: 'PEM file with its key' })
    .option('key-file', {
      type: 'string',
      describe: 'file with the key that a server with access.keys knows this caller by',
    })
    .check(({ ca, certificate, key }) => {
      if ((certificate === undefined) !== (key === undefined))
        throw new UsageError('want --certificate and --key, or neither');
      if (certificate !== undefined && ca === undefined)
        throw new UsageError('--certificate wants --ca, without it nothing speaks TLS');
      return true;
    }) as Argv<T & SecurityOptions>;
}

/** What the channel to a target (HOST:PORT or unix:PATH) is made with. */
export function channelCredentials({ ca, certificate, key }: SecurityOptions, target: string): ChannelCredentials {
  if (ca === undefined) return credentials.createInsecure();
  const host = target.slice(0, target.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
  const read = (file: string | undefined): Buffer | null => (file === undefined ? null : readFile(file));
  try {
    const made = credentials.createSsl(readFile(ca), read(key), read(certificate));
    return isIP(host) === 0 ? made : withoutServerName(made);
  } catch (caught) {
    if (caught instanceof CommandFailure) throw caught;
    throw new CommandFailure(`TLS: ${caught instanceof Error ? caught.message : String(caught)}`);
  }
}

/**
 * An address is no server name to ask for (RFC 6066, 3), and Node warns of one that is sent. @grpc/grpc-js sends its host whatever it is, so the
 * name is taken out of what it connects with; the certificate is compared with the host, which stays.
 */
function withoutServerName(made: ChannelCredentials): ChannelCredentials {
  const make = made._createSecureConnector.bind(made);
  made._createSecureConnector = (...given) => {
    const connector = make(...given);
    const { connectionOptions } = connector as { readonly connectionOptions?: { servername?: string } };
    if (connectionOptions !== undefined) connectionOptions.servername = '';
    return connector;
  };
  return made;
}

/** What every call brings along. */
export function callMetadata({ keyFile }: SecurityOptions): Metadata {
  const metadata = new Metadata();
  if (keyFile !== undefined) metadata.set('authorization', `Bearer ${readFile(keyFile).toString('utf8').trim()}`);
  return metadata;
}

function readFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (caught) {
    throw new CommandFailure(`${file}: ${(caught as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}
