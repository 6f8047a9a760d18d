// The files of one quantisation: models that are tried lie in a folder of their own beside the result, which takes its name when it is whole.

import { mkdtemp, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { ServingError } from '../errors.ts';
import { reasonOf } from '../model/fs-reason.ts';
import { giveName } from '../util/whole-file.ts';

/** A folder for models that are tried, on the file system of the result. */
export class Workshop {
  readonly #folder: string;
  readonly #output: string;
  #count = 0;

  private constructor(folder: string, output: string) {
    this.#folder = folder;
    this.#output = output;
  }

  /** Fails at once where the result could not be written. */
  static async beside(output: string): Promise<Workshop> {
    try {
      return new Workshop(await mkdtemp(path.join(path.dirname(path.resolve(output)), '.quantise-')), output);
    } catch (caught) {
      throw new ServingError('INVALID_ARGUMENT', `${output}: cannot be written: ${reasonOf(caught)}`);
    }
  }

  /** Writes a model to be tried; the next one takes its place. */
  async write(pieces: readonly Uint8Array[]): Promise<string> {
    await rm(this.#path, { force: true });
    this.#count += 1;
    const handle = await open(this.#path, 'wx');
    try {
      for (const piece of pieces) await handle.writeFile(piece);
    } finally {
      await handle.close();
    }
    return this.#path;
  }

  /** Gives the model that was written last the name of the result. */
  async finish(): Promise<void> {
    await giveName(this.#path, this.#output);
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  get #path(): string {
    return path.join(this.#folder, `${this.#count}.mindir`);
  }
}
