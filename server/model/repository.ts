// Looks at the folder of servables: `<name>/servable_config.yaml` and `<name>/<version>/*.mindir`. Anything that cannot be
// used is reported with its place and skipped; only an unreadable root is an error of the whole look.
//
// A fingerprint stands for everything a version is made from: the model's files (path, size, time, inode) and the part of
// the configuration that compiling depends on. A version whose fingerprint changed is loaded anew.
//
// A look remembers the one before: a configuration is read again when its file changed, and what was found the same is the
// same object, so that whoever takes the findings sees at once what to leave alone.

import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import path from 'node:path';
import type { Problem } from '../config/problem.ts';
import { servableFiles } from '../config/servable.ts';
import type { ServableConfig } from '../config/servable-fields.ts';
import { moduleFile } from '../config/servable-module/plan.ts';
import type { Files } from './files.ts';
import { asyncFiles } from './files.ts';
import { reasonOf } from './fs-reason.ts';
import { readConfig } from './remembered-config.ts';
import type { ReadServable } from './remembered-module.ts';
import { withModule } from './remembered-module.ts';
import type { FoundModel } from './version-folder.ts';
import { findModel } from './version-folder.ts';

/** Something in the repository that is not served, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

export interface FoundVersion {
  readonly version: number;
  /** The model file; '' when there is a problem. */
  readonly file: string;
  readonly fingerprint: string;
  /** Size of all files of the version. */
  readonly bytes: number;
  /** Latest modification of any of them, milliseconds since the epoch. */
  readonly changedAt: number;
  /** Why the version cannot be loaded; '' when it can. */
  readonly problem: string;
}

export interface FoundServable {
  readonly name: string;
  /** undefined when its file is wrong. */
  readonly config: ServableConfig | undefined;
  readonly problems: readonly Problem[];
  readonly versions: readonly FoundVersion[];
  /** Why nobody wants it, where calls decide that (explicit-control.ts); its versions are left out then. */
  readonly unasked?: string;
}

export interface Scan {
  readonly servables: readonly FoundServable[];
  readonly skipped: readonly Skipped[];
  /** Servables whose folder could not be read this time; what is known of them stays. */
  readonly unreadable: readonly string[];
}

/** Entries of one folder that are looked at; more are reported and skipped. */
const mostEntries = 10_000;
/** Entries that are looked at side by side, so that the event loop wakes up for many answers at a time. */
const together = 8;
const servableName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const versionName = /^[1-9]\d{0,15}$/;

/** What is remembered of a version: what its fingerprint was made from. */
interface KnownVersion {
  readonly traces: string;
  readonly found: FoundVersion;
}

interface KnownServable {
  readonly read: ReadServable;
  /** The part of the configuration that fingerprints depend on, as text. */
  readonly compiled: string;
  readonly versions: ReadonlyMap<number, KnownVersion>;
  readonly found: FoundServable;
}

/** What one entry of the root turned out to be. */
interface LookedAt {
  readonly name: string;
  /** undefined for what is no servable. */
  readonly known: KnownServable | undefined;
  readonly skipped: readonly Skipped[];
  readonly isUnreadable: boolean;
}

const nothing: Scan = { servables: [], skipped: [], unreadable: [] };

export class RepositoryScanner {
  readonly #files: Files;
  #root = '';
  #known: ReadonlyMap<string, KnownServable> = new Map();
  #last: Scan = nothing;

  constructor(files: Files) {
    this.#files = files;
  }

  /**
   * One look at the repository, one at a time. What is as it was at the look before is the same object, the whole scan if nothing
   * changed. Rejects only when the root itself cannot be read.
   */
  async look(root: string): Promise<Scan> {
    if (root !== this.#root) this.#forget(root);
    const entries = (await this.#files.list(root)).filter(({ name }) => !name.startsWith('.'));
    const known = new Map<string, KnownServable>();
    const skipped: Skipped[] = [];
    const unreadable: string[] = [];
    if (entries.length > mostEntries)
      skipped.push({ path: root, reason: `holds ${entries.length} entries, only ${mostEntries} are looked at` });
    for (let at = 0; at < Math.min(entries.length, mostEntries); at += together) {
      const some = entries.slice(at, Math.min(at + together, mostEntries));
      for (const entry of await Promise.all(some.map((entry) => this.#entry(root, entry)))) {
        if (entry.known !== undefined) known.set(entry.name, entry.known);
        if (entry.isUnreadable) unreadable.push(entry.name);
        skipped.push(...entry.skipped);
      }
    }
    this.#known = known;
    this.#last = sameOr(this.#last, { servables: [...known.values()].map(({ found }) => found), skipped, unreadable });
    return this.#last;
  }

  async #entry(root: string, entry: Dirent): Promise<LookedAt> {
    const { name } = entry;
    const folder = path.join(root, name);
    const skipped: Skipped[] = [];
    const looked = { name, skipped, known: undefined, isUnreadable: false };
    try {
      if (!(await this.#isFolder(folder, entry))) return looked;
      if (servableName.test(name)) return { ...looked, known: await this.#servable(folder, name, skipped) };
      const reason = 'the name of a servable is made of letters, digits, _ . and -, at most 128 of them';
      skipped.push({ path: folder, reason });
      return looked;
    } catch (caught) {
      skipped.push({ path: folder, reason: reasonOf(caught) });
      return { ...looked, isUnreadable: true };
    }
  }

  #forget(root: string): void {
    this.#root = root;
    this.#known = new Map();
    this.#last = nothing;
  }

  async #isFolder(place: string, entry: Dirent): Promise<boolean> {
    return entry.isSymbolicLink() ? (await this.#files.stat(place)).isDirectory() : entry.isDirectory();
  }

  async #servable(folder: string, name: string, skipped: Skipped[]): Promise<KnownServable> {
    const entries = await this.#files.list(folder);
    const before = this.#known.get(name);
    const own = servableFiles.find((file) => entries.some((entry) => entry.name === file));
    const place = own === undefined ? undefined : path.join(folder, own);
    const plain = await readConfig(this.#files, place, before?.read.plain);
    const stages = entries.some((entry) => entry.name === moduleFile) ? path.join(folder, moduleFile) : undefined;
    const read = await withModule(this.#files, stages, plain, before?.read);
    const { config, problems } = read;
    const compiled = await this.#compiled(config, config === before?.read.config ? before : undefined);
    const versions = new Map<number, KnownVersion>();
    for (const { name: entry } of entries.slice(0, mostEntries)) {
      if (!/^\d+$/.test(entry)) continue;
      const place = path.join(folder, entry);
      const version = Number(entry);
      if (!versionName.test(entry) || !Number.isSafeInteger(version)) {
        skipped.push({ path: place, reason: 'a version is a positive whole number without leading zeros' });
        continue;
      }
      const model = await findModel(this.#files, place, config?.model.model_file ?? null);
      versions.set(version, judge(version, model, compiled, before));
    }
    if (versions.size === 0) skipped.push({ path: folder, reason: 'has no version folder' });
    const found = { name, config, problems, versions: [...versions.values()].map((known) => known.found) };
    const same =
      before !== undefined &&
      before.read.config === config &&
      before.read.problems === problems &&
      sameItems(before.found.versions, found.versions);
    return { read, compiled, versions, found: same ? before.found : found };
  }

  /** `before` is what is remembered of the same configuration. */
  async #compiled(config: ServableConfig | undefined, before: KnownServable | undefined): Promise<string> {
    const key = config?.model.key_file;
    if (before !== undefined && typeof key !== 'string') return before.compiled;
    return JSON.stringify([config?.model, config?.batching, await this.#traceOf(key), config?.chains]);
  }

  /** What changes when the file does; a key that was mended is a reason to try a model again. */
  async #traceOf(file: string | null | undefined): Promise<string> {
    if (typeof file !== 'string') return '';
    try {
      const { size, mtimeMs, ino } = await this.#files.stat(file);
      return `${size} ${mtimeMs} ${ino}`;
    } catch {
      return 'none';
    }
  }
}

/** The version as it was found before, where nothing of it changed. */
function judge(version: number, model: FoundModel, compiled: string, before: KnownServable | undefined): KnownVersion {
  const { traces, file, bytes, changedAt, problem } = model;
  const known = before?.versions.get(version);
  if (known !== undefined && known.traces === traces && before?.compiled === compiled) {
    const { found } = known;
    if (found.file === file && found.changedAt === changedAt && found.problem === problem) return known;
  }
  const fingerprint = createHash('sha1').update(traces).update(compiled).digest('base64url');
  return { traces, found: { version, file, fingerprint, bytes, changedAt, problem } };
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function sameOr(before: Scan, now: Scan): Scan {
  const same =
    sameItems(before.servables, now.servables) &&
    sameItems(before.unreadable, now.unreadable) &&
    sameItems(before.skipped.map(lineOf), now.skipped.map(lineOf));
  return same ? before : now;
}

function lineOf({ path: place, reason }: Skipped): string {
  return `${place} ${reason}`;
}

/** One look without a memory. */
export function scanRepository(root: string, files: Files = asyncFiles): Promise<Scan> {
  return new RepositoryScanner(files).look(root);
}
