// A certificate authority for tests, in a folder of its own, by the program openssl.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Certificates } from '../../server/transport/tls/certificates.ts';

/** Paths of PEM files. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function openssl(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${error?.message ?? stderr}`);
}

export class Authority {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'mindird-tls-'));
  /** Its own certificate. */
  readonly certificate: string = path.join(this.folder, 'ca.pem');
  readonly #key = path.join(this.folder, 'ca.key');
  #serial = 1;

  constructor(name = 'test authority') {
    openssl(
      'req',
      '-x509',
      ...curve,
      '-keyout',
      this.#key,
      '-out',
      this.certificate,
      '-days',
      '30',
      '-subj',
      `/CN=${name}`,
    );
  }

  /** A certificate for localhost, or other names, that ends after so many days; less than none: it has expired. */
  issue(name: string, days = 30, names = 'DNS:localhost,IP:127.0.0.1'): Issued {
    const [certificate, key, request] = ['pem', 'key', 'csr'].map((end) =>
      path.join(this.folder, `${name}.${end}`),
    ) as [string, string, string];
    const alternative = ['-addext', `subjectAltName=${names}`];
    openssl('req', '-new', ...curve, '-keyout', key, '-out', request, '-subj', `/CN=${name}`, ...alternative);
    const signed = ['-CA', this.certificate, '-CAkey', this.#key, '-set_serial', String(this.#serial++)];
    openssl(
      'x509',
      '-req',
      '-in',
      request,
      ...signed,
      '-days',
      String(days),
      '-copy_extensions',
      'copyall',
      '-out',
      certificate,
    );
    return { certificate, key };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The contents of issued files. */
export function contentsOf({ certificate, key }: Issued): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}

/** A server's certificate of this authority, loaded; clientCa: whose clients are let in, null: all are. */
export async function certificatesOf(authority: Authority, clientCa: string | null): Promise<Certificates> {
  const certificates = new Certificates(
    { ...authority.issue('server'), clientCa, minVersion: 'TLSv1.2', pollMs: 60_000 },
    { loaded: () => undefined, refused: () => undefined },
  );
  await certificates.load();
  return certificates;
}
