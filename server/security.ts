// Who may talk to the server, and how that is protected: the files behind it, read again when they change.

import { parseKeyFile } from './access/key-file.ts';
import { Gatekeeper, Keys } from './access/keys.ts';
import { ConfigError, describeProblem } from './config/problem.ts';
import type { ServerConfig } from './config/server-fields.ts';
import type { Keeper } from './inference/grant.ts';
import type { ServerLog } from './log.ts';
import { Certificates, type TlsSource } from './transport/tls/certificates.ts';
import { WatchedFiles } from './util/watched-files.ts';

/** Who counts what happens to the files. */
export interface SecurityObserver {
  /** `endsAt` in milliseconds since the epoch. */
  certificateLoaded(endsAt: number, fingerprint: string): void;
  certificateRefused(): void;
  keysRead(result: 'loaded' | 'refused'): void;
}

export class Security {
  readonly #ports: readonly string[];
  readonly #certificates: Certificates | null;
  readonly #keyFile: WatchedFiles<Keys> | null;
  readonly #path: string;
  readonly #log: ServerLog;
  readonly #observer: SecurityObserver;
  #keeper: Gatekeeper | undefined;

  constructor({ access, tls }: ServerConfig, log: ServerLog, observer: SecurityObserver) {
    this.#log = log;
    this.#observer = observer;
    this.#ports = tls.ports;
    this.#path = access.keys ?? '';
    this.#certificates = certificatesOf(tls, log, observer);
    this.#keyFile = access.keys === null ? null : this.#watchKeys(access.keys, access.poll);
  }

  /** The certificates of a port; null: it is plain. */
  tlsOf(port: 'grpc' | 'http'): TlsSource | null {
    return this.#ports.includes(port) ? this.#certificates : null;
  }

  /** Who may call; undefined: everybody. */
  get keeper(): Keeper | undefined {
    return this.#keeper;
  }

  /** Reads every file for the first time; throws INVALID_CONFIG or ConfigError. */
  async load(): Promise<void> {
    await this.#certificates?.load();
    if (this.#keyFile === null) return;
    const keys = await this.#keyFile.load().catch((caught: unknown) => {
      if (caught instanceof ConfigError) throw caught;
      throw new ConfigError([{ source: this.#path, line: 0, path: '', message: textOf(caught) }]);
    });
    this.#keeper = new Gatekeeper(keys);
    this.#keysLoaded(keys);
  }

  start(): void {
    this.#certificates?.start();
    this.#keyFile?.start();
  }

  stop(): void {
    this.#certificates?.stop();
    this.#keyFile?.stop();
  }

  /** Looks at the files now. */
  async look(): Promise<void> {
    await Promise.all([this.#certificates?.look(), this.#keyFile?.look()]);
  }

  #watchKeys(path: string, pollMs: number): WatchedFiles<Keys> {
    return new WatchedFiles({
      paths: [path],
      pollMs,
      parse: ([bytes = Buffer.alloc(0)]) => new Keys(parseKeyFile(bytes, path)),
      changed: (keys) => {
        this.#keeper?.use(keys);
        this.#keysLoaded(keys);
      },
      refused: (caught) => {
        this.#observer.keysRead('refused');
        this.#log.error('access.refused', { path, error: `${textOf(caught)}; the keys before stay in use` });
      },
    });
  }

  #keysLoaded({ count }: Keys): void {
    this.#observer.keysRead('loaded');
    this.#log.info('access.loaded', { path: this.#path, count });
  }
}

function textOf(caught: unknown): string {
  if (caught instanceof ConfigError) return caught.problems.map(describeProblem).join('; ');
  return caught instanceof Error ? caught.message : String(caught);
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
