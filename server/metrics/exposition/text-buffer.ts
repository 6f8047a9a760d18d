// ASCII text written piece by piece into one buffer that is kept between uses. A scrape is half a megabyte of nearly the
// same lines each time; building it from strings would leave that much garbage behind each time.

export class TextBuffer {
  #bytes = Buffer.allocUnsafe(65_536);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** Ready ASCII bytes. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Any ASCII text. */
  text(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  /** What was written; valid until the next use. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
