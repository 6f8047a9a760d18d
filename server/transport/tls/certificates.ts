// The server's certificate, its key and the authorities it takes clients' certificates from, read again when they change.

import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import { ServingError } from '../../errors.ts';
import { WatchedFiles } from '../../util/watched-files.ts';

export interface TlsOptions {
  /** Paths of PEM files: the certificate with the chain behind it, and its key without a passphrase. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities one of which must have signed the certificate of a client; null: clients need none. */
  readonly clientCa: string | null;
  readonly minVersion: SecureVersion;
  /** Milliseconds between two looks at the files. */
  readonly pollMs: number;
}

/** What is in use. */
export interface CertificateFacts {
  /** Milliseconds since the epoch at which the first certificate of the chain ends. */
  readonly endsAt: number;
  /** Its SHA-256 fingerprint. */
  readonly fingerprint: string;
}

export interface CertificateObserver {
  /** Other files are in use, for connections from now on. */
  loaded(facts: CertificateFacts): void;
  /** The files changed and cannot be used; those before stay in use. */
  refused(error: ServingError): void;
}

/** What servers need of certificates. */
export interface TlsSource {
  readonly asksClients: boolean;
  readonly context: SecureContextOptions;
  /** Tells of a context for new connections. */
  onChange(listener: (context: SecureContextOptions) => void): void;
}

interface Loaded {
  readonly context: SecureContextOptions;
  readonly facts: CertificateFacts;
}

export class Certificates implements TlsSource {
  readonly asksClients: boolean;
  readonly #files: WatchedFiles<Loaded>;
  readonly #observer: CertificateObserver;
  readonly #listeners: ((context: SecureContextOptions) => void)[] = [];
  #loaded: Loaded | undefined;

  constructor(options: TlsOptions, observer: CertificateObserver) {
    const { certificate, key, clientCa } = options;
    this.asksClients = clientCa !== null;
    this.#observer = observer;
    this.#files = new WatchedFiles({
      paths: [certificate, key, ...(clientCa === null ? [] : [clientCa])],
      pollMs: options.pollMs,
      parse: (contents) => contextOf(contents, options, Date.now()),
      changed: (loaded) => {
        this.#use(loaded);
        for (const listener of this.#listeners) listener(loaded.context);
      },
      refused: (caught) => observer.refused(asRefusal(caught)),
    });
  }

  /** What is in use; before load() nothing is. */
  get context(): SecureContextOptions {
    return this.#loaded?.context ?? {};
  }

  onChange(listener: (context: SecureContextOptions) => void): void {
    this.#listeners.push(listener);
  }

  /** Reads the files for the first time; throws INVALID_CONFIG naming the file. */
  async load(): Promise<void> {
    try {
      this.#use(await this.#files.load());
    } catch (caught) {
      throw asRefusal(caught);
    }
  }

  start(): void {
    this.#files.start();
  }

  stop(): void {
    this.#files.stop();
  }

  look(): Promise<void> {
    return this.#files.look();
  }

  #use(loaded: Loaded): void {
    this.#loaded = loaded;
    this.#observer.loaded(loaded.facts);
  }
}

function asRefusal(caught: unknown): ServingError {
  if (caught instanceof ServingError) return caught;
  return new ServingError('INVALID_CONFIG', `tls: ${caught instanceof Error ? caught.message : String(caught)}`, {
    cause: caught,
  });
}

/** Checks the files and makes what connections are made with. `now` in milliseconds since the epoch. Throws INVALID_CONFIG. */
function contextOf(contents: readonly Buffer[], options: TlsOptions, now: number): Loaded {
  const [cert, key, ca] = contents as [Buffer, Buffer, Buffer | undefined];
  const own = certificateIn(cert, options.certificate);
  const endsAt = checkTimes(own, options.certificate, now);
  if (ca !== undefined) certificateIn(ca, options.clientCa ?? '');
  // Without a list of authorities Node takes every public one, which is nobody to take clients from.
  const context = { cert, key, ca: ca ?? [], minVersion: options.minVersion };
  try {
    createSecureContext(context);
  } catch (caught) {
    const said = caught instanceof Error ? caught.message : String(caught);
    throw new ServingError('INVALID_CONFIG', `${options.key}: does not go with ${options.certificate}: ${said}`);
  }
  return { context, facts: { endsAt, fingerprint: own.fingerprint256 } };
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The first certificate of a PEM file all of whose certificates can be read. */
function certificateIn(text: Buffer, path: string): X509Certificate {
  const blocks = text.toString('latin1').match(block) ?? [];
  try {
    const [first] = blocks.map((pem) => new X509Certificate(pem));
    if (first !== undefined) return first;
  } catch (caught) {
    const said = caught instanceof Error ? caught.message : String(caught);
    throw new ServingError('INVALID_CONFIG', `${path}: holds a certificate that cannot be read: ${said}`);
  }
  throw new ServingError('INVALID_CONFIG', `${path}: holds no certificate, want PEM`);
}

/** When a certificate ends; throws INVALID_CONFIG where it does not hold at `now`. */
function checkTimes({ validFrom, validTo }: X509Certificate, path: string, now: number): number {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  if (now < from) throw new ServingError('INVALID_CONFIG', `${path}: is not valid before ${validFrom}`);
  if (now >= to) throw new ServingError('INVALID_CONFIG', `${path}: expired on ${validTo}`);
  return to;
}
