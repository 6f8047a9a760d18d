// Labels and versions that were set by call, kept in a file (repository.state_file) over a restart of the server.
//
//   {"format":1,"servables":{"digits":{"versions":"…","labelling":{"labels":{"stable":3},"split":{"stable":100}},"before":null,"pinned":null}}}
//
// `versions` is the section of the servable's configuration that the call was made under: where that is another one at the next start, what the call
// set is over, as it is while the server runs. The file is written beside and renamed; one that cannot be read is refused with its place, and
// nothing is served from half of it.

import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { ServingError, toServingError } from '../errors.ts';
import { writeWhole } from '../util/whole-file.ts';
import { reasonOf } from './fs-reason.ts';
import { type Labelling, labelPattern } from './labels.ts';

/** What calls set of one servable. */
export interface SetVersions {
  /** The section `versions` of its configuration, as text. */
  readonly versions: string;
  /** undefined: the labels of the configuration hold. */
  readonly labelling: Labelling | undefined;
  readonly before: Labelling | undefined;
  /** The one version that is served, and the highest there was when it was chosen. */
  readonly pinned: { readonly version: number; readonly highest: number } | undefined;
}

interface WrittenLabelling {
  readonly labels: Readonly<Record<string, number>>;
  readonly split: Readonly<Record<string, number>>;
}

interface Written {
  readonly versions: string;
  readonly labelling: WrittenLabelling | null;
  readonly before: WrittenLabelling | null;
  readonly pinned: { readonly version: number; readonly highest: number } | null;
}

/** The form of the file, made only where there is one: most servers start without. */
function formOfFile(): z.ZodType<{ readonly servables: Readonly<Record<string, Written>> }> {
  const whole = z.int().min(1);
  const shares = z.record(z.string().regex(labelPattern), whole);
  const labelling = z.strictObject({ labels: shares, split: shares }).nullable();
  const pinned = z.strictObject({ version: whole, highest: whole }).nullable();
  return z.strictObject({
    format: z.literal(1),
    servables: z.record(z.string(), z.strictObject({ versions: z.string(), labelling, before: labelling, pinned })),
  });
}

/** Larger files are none of ours. */
const mostBytes = 2 ** 24;

export class VersionStates {
  readonly #file: string;
  readonly #failed: (error: ServingError) => void;
  readonly #texts = new Map<string, string>();
  readonly #known: ReadonlyMap<string, SetVersions>;
  #written: string;
  #writing: Promise<void> | undefined;

  /** Reads the file, where there is one; `failed` is told of what could not be written. Throws INVALID_CONFIG where it is damaged, or lies in a folder that cannot be written. */
  constructor(file: string, failed: (error: ServingError) => void) {
    this.#file = file;
    this.#failed = failed;
    const text = contentsOf(file);
    const servables = text === undefined ? {} : parse(text, file);
    this.#known = new Map(Object.entries(servables).map(([name, written]) => [name, fromWritten(written)]));
    for (const [name, written] of Object.entries(servables)) this.#texts.set(name, JSON.stringify(written));
    this.#written = this.#whole();
  }

  /** What was set of a servable when the file was read. */
  of(name: string): SetVersions | undefined {
    return this.#known.get(name);
  }

  /** Takes over what is set of a servable now; undefined: nothing. It is in the file when written() resolves. */
  set(name: string, set: SetVersions | undefined): void {
    const text = set === undefined ? undefined : JSON.stringify(toWritten(set));
    if (text === this.#texts.get(name)) return;
    if (text === undefined) this.#texts.delete(name);
    else this.#texts.set(name, text);
    this.written().catch((caught) => this.#failed(toServingError(caught)));
  }

  /** Resolves when the file holds what is set; rejects with INTERNAL where it cannot be written. */
  async written(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined);
    if (this.#whole() === this.#written) return;
    this.#writing = this.#write(this.#whole()).finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  #whole(): string {
    const names = [...this.#texts.keys()].sort();
    return `{"format":1,"servables":{${names.map((name) => `\n${JSON.stringify(name)}:${this.#texts.get(name)}`).join(',')}}}\n`;
  }

  async #write(text: string): Promise<void> {
    try {
      await writeWhole(this.#file, text, 0o600);
    } catch (caught) {
      throw new ServingError('INTERNAL', `repository.state_file: ${this.#file}: ${reasonOf(caught)}`, {
        cause: caught,
      });
    }
    this.#written = text;
  }
}

/** undefined where there is no file yet. */
function contentsOf(file: string): string | undefined {
  try {
    accessSync(path.dirname(file), constants.W_OK | constants.X_OK);
  } catch (caught) {
    throw refused(file, `its folder: ${reasonOf(caught)}`);
  }
  try {
    const bytes = readFileSync(file);
    if (bytes.length > mostBytes) throw refused(file, `has ${bytes.length} bytes, want at most ${mostBytes}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (caught) {
    if (caught instanceof ServingError) throw caught;
    if ((caught as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw refused(file, caught instanceof TypeError ? 'is not UTF-8' : reasonOf(caught));
  }
}

function parse(text: string, file: string): Readonly<Record<string, Written>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (caught) {
    throw refused(file, `is damaged: ${(caught as Error).message}`);
  }
  const result = formOfFile().safeParse(value);
  if (result.success) return result.data.servables;
  const [issue] = result.error.issues;
  throw refused(file, `is damaged: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'is not understood'}`);
}

function refused(file: string, what: string): ServingError {
  return new ServingError('INVALID_CONFIG', `repository.state_file: ${file}: ${what}`);
}

function fromWritten({ versions, labelling: labels, before, pinned }: Written): SetVersions {
  const read = (from: Written['labelling']): Labelling | undefined =>
    from === null
      ? undefined
      : { labels: new Map(Object.entries(from.labels)), split: new Map(Object.entries(from.split)) };
  return { versions, labelling: read(labels), before: read(before), pinned: pinned ?? undefined };
}

function toWritten({ versions, labelling: labels, before, pinned }: SetVersions): Written {
  const plain = (from: Labelling | undefined): Written['labelling'] =>
    from === undefined ? null : { labels: Object.fromEntries(from.labels), split: Object.fromEntries(from.split) };
  return { versions, labelling: plain(labels), before: plain(before), pinned: pinned ?? null };
}
