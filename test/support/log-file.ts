// What a process writes to standard error, kept in a file and not in a pipe: whatever it wrote before it answered a request, or before it ended,
// is there when the answer or the end is seen. Two pipes, or a pipe and a socket, arrive in any order.

import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StringDecoder } from 'node:string_decoder';

const kTailBytes = 6000;

export class LogFile {
  /** For the process to write to; the file has no name any more. */
  readonly descriptor: number;
  readonly #decoder = new StringDecoder('utf8');
  readonly #piece = Buffer.alloc(65_536);
  #text = '';
  #read = 0;
  #closed = false;

  constructor() {
    const folder = mkdtempSync(path.join(tmpdir(), 'mindird-log-'));
    this.descriptor = openSync(path.join(folder, 'stderr'), 'a+');
    rmSync(folder, { recursive: true });
  }

  /** Everything written so far. */
  get text(): string {
    while (!this.#closed) {
      const count = readSync(this.descriptor, this.#piece, 0, this.#piece.length, this.#read);
      if (count === 0) break;
      this.#read += count;
      this.#text += this.#decoder.write(this.#piece.subarray(0, count));
    }
    return this.#text;
  }

  /** The last lines, to be shown with a failure. */
  get tail(): string {
    const { text } = this;
    return text.length > kTailBytes ? `…${text.slice(text.indexOf('\n', text.length - kTailBytes))}` : text;
  }

  /** Reads what is left; the text stays. */
  close(): void {
    if (this.#closed) return;
    void this.text;
    this.#closed = true;
    closeSync(this.descriptor);
  }
}
