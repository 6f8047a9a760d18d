// ASCII text written piece by piece into one buffer that is kept between uses. A scrape is half a megabyte of nearly the
// same lines each time; building it from strings would leave that much garbage behind each time.

const newline = 0x0a;
const zero = 0x30;

export class TextBuffer {
  #bytes = Buffer.allocUnsafe(65_536);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** Prepared bytes of a line's beginning and its value, which is a whole number ≥ 0. */
  line(prefix: Uint8Array, count: number): void {
    this.#reserve(prefix.length + 24);
    this.#bytes.set(prefix, this.#length);
    this.#length += prefix.length;
    this.#digits(count);
    this.#bytes[this.#length++] = newline;
  }

  /** Any ASCII text. */
  text(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  /** What was written; valid until the next use. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #digits(count: number): void {
    let digits = 1;
    for (let rest = Math.floor(count / 10); rest > 0; rest = Math.floor(rest / 10)) digits += 1;
    this.#length += digits;
    let rest = count;
    for (let at = this.#length - 1; digits > 0; digits--, at--) {
      const next = Math.floor(rest / 10);
      this.#bytes[at] = zero + (rest - next * 10);
      rest = next;
    }
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
