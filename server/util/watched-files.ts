// Files that are read again when their contents change: certificates and keys, which others renew while the server runs.
//
// Every look reads them by their paths and compares contents, so that it makes no difference whether a file was written, replaced
// or reached by links that changed, as Kubernetes does it for all files of a volume at once. A look may fall between the changes of
// two files that belong together; what is not understood counts only when the next look finds the same.

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Larger files are not read. */
const maxBytes = 2 ** 20;

export interface WatchedParts<T> {
  readonly paths: readonly string[];
  /** Milliseconds between two looks. */
  readonly pollMs: number;
  /** Makes a value of the contents, in the order of `paths`; throws for what it does not understand. */
  parse(contents: readonly Buffer[]): T;
  /** Told of every value after the first. */
  changed(value: T): void;
  /** Told once of contents that are not understood, or of files that cannot be read. The value before stays. */
  refused(error: unknown): void;
}

export class WatchedFiles<T> {
  readonly #parts: WatchedParts<T>;
  #timer: NodeJS.Timeout | undefined;
  /** Marks of the contents in use, of those that were not understood once, and of those that were told. */
  #used = '';
  #doubted = '';
  #refused = '';
  #looking: Promise<void> | undefined;

  constructor(parts: WatchedParts<T>) {
    this.#parts = parts;
  }

  /** Reads the files for the first time; throws when they cannot be read or are not understood. */
  async load(): Promise<T> {
    const contents = await this.#read();
    const value = this.#parts.parse(contents);
    this.#used = markOf(contents);
    return value;
  }

  /** Begins to look. */
  start(): void {
    this.#timer ??= setInterval(() => void this.look(), this.#parts.pollMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Looks now; one look at a time. Never throws. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    let mark = '';
    try {
      const contents = await this.#read();
      mark = markOf(contents);
      if (mark === this.#used) return this.#calm();
      const value = this.#parts.parse(contents);
      this.#used = mark;
      this.#calm();
      this.#parts.changed(value);
    } catch (caught) {
      mark ||= caught instanceof Error ? caught.message : 'unreadable';
      if (this.#doubted === mark && this.#refused !== mark) {
        this.#refused = mark;
        this.#parts.refused(caught);
      }
      this.#doubted = mark;
    }
  }

  #calm(): void {
    this.#doubted = '';
    this.#refused = '';
  }

  #read(): Promise<Buffer[]> {
    return Promise.all(this.#parts.paths.map(readSmall));
  }
}

/** A regular file's contents; throws what the system says, or that it is none or too large. */
async function readSmall(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new Error(`${path}: is no regular file`);
    if (facts.size > maxBytes) throw new Error(`${path}: has ${facts.size} bytes, the limit is ${maxBytes}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function markOf(contents: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(`${content.length}:`).update(content);
  return hash.digest('base64');
}
