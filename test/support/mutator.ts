// Mutations of messages for tests with hostile bytes. All are made in one piece of memory, and its parts are made once: a loop of them allocates nothing.

/** Longest result, and edits of one message. */
const LONGEST = 512;
const MOST_EDITS = 6;
const LONGEST_INSERT = 11;

export class Mutator {
  readonly #random: (below: number) => number;
  readonly #bytes: Buffer = Buffer.alloc(LONGEST);
  readonly #views: readonly Buffer[] = Array.from({ length: LONGEST + 1 }, (_, length) =>
    this.#bytes.subarray(0, length),
  );

  constructor(random: (below: number) => number) {
    this.#random = random;
  }

  /** `seed` with some bytes changed, cut off, taken out, repeated or put in; valid until the next call. seed: at most a quarter of a kilobyte. */
  mutate(seed: Buffer): Buffer {
    const random = this.#random;
    seed.copy(this.#bytes);
    let length = seed.length;
    for (let edits = 1 + random(MOST_EDITS); edits > 0 && length > 0; edits--)
      length = this.#edit(length, random(length));
    return this.#views[length] as Buffer;
  }

  /** Makes one edit at a byte of the first `length`; how many there are then. */
  #edit(length: number, at: number): number {
    const random = this.#random;
    const bytes = this.#bytes;
    switch (random(5)) {
      case 0:
        bytes[at] = random(256);
        return length;
      case 1:
        bytes[at] = (bytes[at] as number) ^ (1 << random(8));
        return length;
      case 2:
        return at;
      case 3: {
        const from = random(length);
        if (at + length - from > LONGEST) return length;
        bytes.copyWithin(at, from, length);
        return at + length - from;
      }
      default: {
        const count = 1 + random(LONGEST_INSERT);
        if (length + count > LONGEST) return length;
        bytes.copyWithin(at + count, at, length);
        bytes.fill(random(2) === 0 ? 0xff : random(256), at, at + count);
        return length + count;
      }
    }
  }
}
