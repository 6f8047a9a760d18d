// A progress line on a terminal; nothing at all when the stream is a file or a pipe.

const width = 24;
const redrawMs = 80;

/** The part of a stream the progress line needs. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** One line that is redrawn in place. */
export class ProgressLine {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(stream: ProgressStream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
  }

  /** Draws a bar filled to `share` (0 to 1) with a text behind it, at most a dozen times a second. */
  bar(share: number, text: string): void {
    const filled = Math.round(Math.max(0, Math.min(1, share)) * width);
    this.#draw(`${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${text}`);
  }

  /** Draws a text alone. */
  text(text: string): void {
    this.#draw(text);
  }

  /** Removes the line, so that ordinary output can follow. */
  clear(): void {
    if (!this.#drawn) return;
    this.#stream.write('\r\x1b[2K');
    this.#drawn = false;
    this.#drawnAt = Number.NEGATIVE_INFINITY;
  }

  #draw(text: string): void {
    if (this.#stream.isTTY !== true) return;
    const now = this.#now();
    if (now - this.#drawnAt < redrawMs) return;
    this.#drawnAt = now;
    this.#drawn = true;
    this.#stream.write(`\r\x1b[2K${text}`);
  }
}
