// Answers of one loaded version by what was asked, the ones used longest ago forgotten first. Another loading of the version begins anew,
// so nothing outlives the files it was computed from.

/** One output as it was computed. */
export interface KnownOutput {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

interface Entry {
  readonly outputs: readonly KnownOutput[];
  readonly bytes: number;
}

/** What an entry takes beside its bytes, about. */
const overhead = 256;

export class ResponseCache {
  /** Most bytes held. */
  readonly limit: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The answer to a question; its bytes must not be written to. */
  get(key: string): readonly KnownOutput[] | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.outputs;
  }

  /** Keeps copies of an answer's bytes, where it is not larger than the whole cache. */
  put(key: string, outputs: readonly KnownOutput[]): void {
    const bytes = outputs.reduce((sum, output) => sum + output.bytes.byteLength, overhead);
    if (bytes > this.limit || this.#entries.has(key)) return;
    const kept = outputs.map(({ shape, bytes: own }) => ({ shape, bytes: Uint8Array.from(own) }));
    this.#entries.set(key, { outputs: kept, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.limit) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }
}
