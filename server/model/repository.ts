// Looks at the folder of servables: `<name>/servable_config.yaml` and `<name>/<version>/*.mindir`, or `<name>/*.mindir`, which is version 1, as is a
// servable whose methods need no model of its own and that has no version folder. Anything
// that cannot be used is reported with its place and skipped; only a root that is unreadable, or where a volume is no longer mounted, is an error
// of the whole look. A version whose fingerprint (known-version.ts) changed is loaded anew.
//
// A look remembers the one before: a configuration is read again when its file changed, and what was found the same is the
// same object, so that whoever takes the findings sees at once what to leave alone.

import type { Dirent } from 'node:fs';
import path from 'node:path';
import type { Problem } from '../config/problem.ts';
import { servableFiles } from '../config/servable.ts';
import type { ServableConfig } from '../config/servable-fields.ts';
import { moduleFile, needsNoModel } from '../config/servable-module/plan.ts';
import type { Files } from './files.ts';
import { asyncFiles } from './files.ts';
import { emptiedMount, reasonOf } from './fs-reason.ts';
import { type FoundVersion, judgeVersion, type KnownVersion } from './known-version.ts';
import { readConfig } from './remembered-config.ts';
import type { ReadServable } from './remembered-module.ts';
import { withModule } from './remembered-module.ts';
import { type FoundModel, findModel, isModel, withoutModel } from './version-folder.ts';

export type { FoundVersion } from './known-version.ts';

/** Something in the repository that is not served, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
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
const versionName = /^0*[1-9]\d{0,15}$/;

interface KnownServable {
  readonly read: ReadServable;
  /** The part of the configuration that fingerprints depend on, as text. */
  readonly compiled: string;
  readonly versions: ReadonlyMap<number, KnownVersion>;
  readonly found: FoundServable;
  /** Which folder it is: another one where a volume was mounted or is no longer. */
  readonly folder: string;
}

/** What one entry of the root turned out to be. */
interface LookedAt {
  readonly name: string;
  /** undefined for what is no servable. */
  readonly known: KnownServable | undefined;
  readonly skipped: readonly Skipped[];
  readonly isUnreadable: boolean;
}

interface Looked {
  readonly known: ReadonlyMap<string, KnownServable>;
  readonly skipped: readonly Skipped[];
  readonly unreadable: readonly string[];
}

const strayModel =
  'a model file belongs into NAME/1/ or NAME/ of this folder, NAME being what clients address; or name it by repository.servable';

const nothing: Scan = { servables: [], skipped: [], unreadable: [] };

export class RepositoryScanner {
  readonly #files: Files;
  #root = '';
  #folder = '';
  #known: ReadonlyMap<string, KnownServable> = new Map();
  #last: Scan = nothing;

  constructor(files: Files) {
    this.#files = files;
  }

  /**
   * One look at the repository, one at a time. What is as it was at the look before is the same object, the whole scan if nothing
   * changed. Rejects only when the root itself cannot be read. With `servable` the root is the folder of this one.
   */
  async look(root: string, servable: string | null = null): Promise<Scan> {
    const place = JSON.stringify([root, servable]);
    if (place !== this.#root) this.#forget(place);
    const looked = servable === null ? await this.#folders(root) : await this.#only(root, servable);
    this.#known = looked.known;
    const { known, skipped, unreadable } = looked;
    const readable = [...known.values()].filter(({ found }) => !unreadable.includes(found.name));
    this.#last = sameOr(this.#last, { servables: readable.map(({ found }) => found), skipped, unreadable });
    return this.#last;
  }

  async #only(root: string, name: string): Promise<Looked> {
    const skipped: Skipped[] = [];
    // What copies a repository for one servable may copy the servable's folder too.
    const inner = (await this.#files.list(root)).find((entry) => entry.name === name);
    const isInner = inner !== undefined && (await this.#isFolder(path.join(root, name), inner));
    const known = new Map([[name, await this.#servable(isInner ? path.join(root, name) : root, name, skipped)]]);
    return { known, skipped, unreadable: [] };
  }

  async #folders(root: string): Promise<Looked> {
    const entries = (await this.#files.list(root)).filter(({ name }) => !name.startsWith('.'));
    const folder = await this.#folderOf(root);
    if (entries.length === 0 && this.#known.size > 0 && folder !== this.#folder) throw emptiedMount(root);
    this.#folder = folder;
    const known = new Map<string, KnownServable>();
    const skipped: Skipped[] = [];
    const unreadable: string[] = [];
    if (entries.length > mostEntries)
      skipped.push({ path: root, reason: `holds ${entries.length} entries, only ${mostEntries} are looked at` });
    for (let at = 0; at < Math.min(entries.length, mostEntries); at += together) {
      const some = entries.slice(at, Math.min(at + together, mostEntries));
      for (const entry of await Promise.all(some.map((entry) => this.#entry(root, entry)))) {
        const own = entry.isUnreadable ? this.#known.get(entry.name) : entry.known;
        if (own !== undefined) known.set(entry.name, own);
        if (entry.isUnreadable) unreadable.push(entry.name);
        skipped.push(...entry.skipped);
      }
    }
    return { known, skipped, unreadable };
  }

  /** Which folder a path leads to. */
  async #folderOf(place: string): Promise<string> {
    const { dev, ino } = await this.#files.stat(place);
    return `${dev} ${ino}`;
  }

  async #entry(root: string, entry: Dirent): Promise<LookedAt> {
    const { name } = entry;
    const folder = path.join(root, name);
    const skipped: Skipped[] = [];
    const looked = { name, skipped, known: undefined, isUnreadable: false };
    try {
      if (!(await this.#isFolder(folder, entry))) {
        if (isModel(name)) skipped.push({ path: folder, reason: strayModel });
        return looked;
      }
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
    const identity = await this.#folderOf(folder);
    const declared = (config?.chains?.models ?? []).flatMap(({ servable, file }) =>
      servable === null ? (file ?? []) : [],
    );
    const isModelless = needsNoModel(config?.chains);
    const versions = new Map<number, KnownVersion>();
    const judge = (version: number, model: FoundModel): void => {
      versions.set(version, judgeVersion(version, model, compiled, before?.versions.get(version), Date.now()));
    };
    const add = async (version: number, place: string, ignored: readonly string[] = []): Promise<void> => {
      const wanted = config?.model.model_file ?? null;
      judge(version, await findModel(this.#files, place, wanted, ignored, declared, !isModelless));
    };
    for (const { name: entry } of entries.slice(0, mostEntries)) {
      if (!/^\d+$/.test(entry)) continue;
      const place = path.join(folder, entry);
      const version = Number(entry);
      if (!versionName.test(entry) || !Number.isSafeInteger(version))
        skipped.push({ path: place, reason: 'a version is a positive whole number' });
      else if (versions.has(version)) skipped.push({ path: place, reason: `another folder is version ${version} too` });
      else await add(version, place);
    }
    const flat = entries.find(({ name: entry }) => isModel(entry))?.name;
    if (flat !== undefined && versions.size === 0) await add(1, folder, [...servableFiles, moduleFile]);
    else if (flat !== undefined)
      skipped.push({ path: path.join(folder, flat), reason: 'lies beside version folders, which are served' });
    if (isModelless && versions.size === 0) judge(1, withoutModel({ traces: [], bytes: 0, changedAt: 0 }));
    if (versions.size === 0 && before !== undefined && before.versions.size > 0 && before.folder !== identity)
      throw emptiedMount(folder);
    if (versions.size === 0) skipped.push({ path: folder, reason: 'has no version folder' });
    const found = { name, config, problems, versions: [...versions.values()].map((known) => known.found) };
    const same =
      before !== undefined &&
      before.read.config === config &&
      before.read.problems === problems &&
      sameItems(before.found.versions, found.versions);
    return { read, compiled, versions, found: same ? before.found : found, folder: identity };
  }

  /** `before` is what is remembered of the same configuration. */
  async #compiled(config: ServableConfig | undefined, before: KnownServable | undefined): Promise<string> {
    const key = config?.model.key_file;
    const data = config?.calibration.data;
    if (before !== undefined && typeof key !== 'string' && typeof data !== 'string') return before.compiled;
    const traces = [await this.#traceOf(key), await this.#traceOfSamples(data)];
    return JSON.stringify([config?.model, config?.calibration, config?.batching, traces, config?.chains]);
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

  /** The same of a file of samples, or of all in a folder. */
  async #traceOfSamples(place: string | null | undefined): Promise<string> {
    if (typeof place !== 'string') return '';
    try {
      if (!(await this.#files.stat(place)).isDirectory()) return await this.#traceOf(place);
      const names = (await this.#files.list(place)).map(({ name }) => name).filter((name) => name.endsWith('.npz'));
      const traces = await Promise.all(
        names.map(async (name) => `${name} ${await this.#traceOf(path.join(place, name))}`),
      );
      return traces.join('\n');
    } catch {
      return 'none';
    }
  }
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

/** One look without a memory; `servable` as for RepositoryScanner.look. */
export function scanRepository(root: string, servable: string | null = null): Promise<Scan> {
  return new RepositoryScanner(asyncFiles).look(root, servable);
}
