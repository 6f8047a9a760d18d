// Who may talk to the server, and how that is protected: the files behind it, read again when they change.

import type { ServerConfig } from './config/server-fields.ts';
import type { ServerLog } from './log.ts';
import { Certificates, type TlsSource } from './transport/tls/certificates.ts';

/** Who counts what happens to the files. */
export interface SecurityObserver {
  /** `endsAt` in milliseconds since the epoch. */
  certificateLoaded(endsAt: number, fingerprint: string): void;
  certificateRefused(): void;
}

export class Security {
  readonly #ports: readonly string[];
  readonly #certificates: Certificates | null;

  constructor(config: ServerConfig, log: ServerLog, observer: SecurityObserver) {
    this.#ports = config.tls.ports;
    this.#certificates = certificatesOf(config.tls, log, observer);
  }

  /** The certificates of a port; null: it is plain. */
  tlsOf(port: 'grpc' | 'http'): TlsSource | null {
    return this.#ports.includes(port) ? this.#certificates : null;
  }

  /** Reads every file for the first time; throws INVALID_CONFIG. */
  async load(): Promise<void> {
    await this.#certificates?.load();
  }

  start(): void {
    this.#certificates?.start();
  }

  stop(): void {
    this.#certificates?.stop();
  }

  /** Looks at the files now. */
  async look(): Promise<void> {
    await this.#certificates?.look();
  }
}

function certificatesOf(tls: ServerConfig['tls'], log: ServerLog, observer: SecurityObserver): Certificates | null {
  const { certificate, key, client_ca: clientCa, poll: pollMs } = tls;
  if (certificate === null || key === null) return null;
  const minVersion = tls.min_version === '1.3' ? 'TLSv1.3' : 'TLSv1.2';
  return new Certificates(
    { certificate, key, clientCa, minVersion, pollMs },
    {
      loaded: ({ endsAt, fingerprint }) => {
        observer.certificateLoaded(endsAt, fingerprint);
        const cause = `valid until ${new Date(endsAt).toISOString()}, SHA-256 fingerprint ${fingerprint}`;
        log.info('tls.loaded', { path: certificate, cause });
      },
      refused: (error) => {
        observer.certificateRefused();
        log.error('tls.refused', { path: certificate, error: `${error.message}; the certificate before stays in use` });
      },
    },
  );
}
