// ASCII text written piece by piece into chunks of memory. A scrape is megabytes of small pieces; strings would leave as much garbage
// behind, and one block would have to be copied and cleared at once, while requests wait.

const chunkBytes = 131_072;

export class TextBuffer {
  readonly #full: Uint8Array[] = [];
  #chunk = Buffer.allocUnsafeSlow(chunkBytes);
  #length = 0;

  /** Ready ASCII bytes. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#chunk.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Any ASCII text. */
  text(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#chunk.write(text, this.#length, 'latin1');
  }

  /** What was written; nothing may be added after. */
  written(): readonly Uint8Array[] {
    return [...this.#full, this.#chunk.subarray(0, this.#length)];
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#chunk.length) return;
    this.#full.push(this.#chunk.subarray(0, this.#length));
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, more));
    this.#length = 0;
  }
}
