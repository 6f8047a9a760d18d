// Looks at the folder of servables: `<name>/servable_config.yaml` and `<name>/<version>/*.mindir`. Anything that cannot be
// used is reported with its place and skipped; only an unreadable root is an error of the whole look.
//
// A fingerprint stands for everything a version is made from: the model's files (path, size, time, inode) and the part of
// the configuration that compiling depends on. A version whose fingerprint changed is loaded anew.

import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Problem } from '../config/problem.ts';
import { ConfigError } from '../config/problem.ts';
import { defaultServable, readServable, servableFile } from '../config/servable.ts';
import type { ServableConfig } from '../config/servable-fields.ts';
import { reasonOf } from './fs-reason.ts';
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
}

export interface Scan {
  readonly servables: readonly FoundServable[];
  readonly skipped: readonly Skipped[];
  /** Servables whose folder could not be read this time; what is known of them stays. */
  readonly unreadable: readonly string[];
}

/** Entries of one folder that are looked at; more are reported and skipped. */
const mostEntries = 10_000;
const servableName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const versionName = /^[1-9]\d{0,15}$/;

/** One look at the repository. Rejects only when the root itself cannot be read. */
export async function scanRepository(root: string): Promise<Scan> {
  const names = (await readdir(root)).filter((name) => !name.startsWith('.')).sort();
  const servables: FoundServable[] = [];
  const skipped: Skipped[] = [];
  const unreadable: string[] = [];
  if (names.length > mostEntries)
    skipped.push({ path: root, reason: `holds ${names.length} entries, only ${mostEntries} are looked at` });
  for (const name of names.slice(0, mostEntries)) {
    const folder = path.join(root, name);
    try {
      if (!(await stat(folder)).isDirectory()) continue;
      if (!servableName.test(name)) {
        skipped.push({
          path: folder,
          reason: 'the name of a servable is made of letters, digits, _ . and -, at most 128 of them',
        });
        continue;
      }
      servables.push(await scanServable(folder, name, skipped));
    } catch (caught) {
      skipped.push({ path: folder, reason: reasonOf(caught) });
      unreadable.push(name);
    }
  }
  return { servables, skipped, unreadable };
}

function readConfig(folder: string, entries: readonly string[]): Pick<FoundServable, 'config' | 'problems'> {
  if (!entries.includes(servableFile)) return { config: defaultServable(), problems: [] };
  try {
    return { config: readServable(path.join(folder, servableFile)), problems: [] };
  } catch (caught) {
    if (caught instanceof ConfigError) return { config: undefined, problems: caught.problems };
    throw caught;
  }
}

async function scanServable(folder: string, name: string, skipped: Skipped[]): Promise<FoundServable> {
  const entries = (await readdir(folder)).sort();
  const { config, problems } = readConfig(folder, entries);
  const versions: FoundVersion[] = [];
  for (const entry of entries.slice(0, mostEntries)) {
    const place = path.join(folder, entry);
    if (!/^\d+$/.test(entry)) continue;
    if (!versionName.test(entry) || !Number.isSafeInteger(Number(entry))) {
      skipped.push({ path: place, reason: 'a version is a positive whole number without leading zeros' });
      continue;
    }
    versions.push(await scanVersion(place, Number(entry), config));
  }
  if (versions.length === 0) skipped.push({ path: folder, reason: 'has no version folder' });
  return { name, config, problems, versions };
}

/** What changes when the file does; a key that was mended is a reason to try a model again. */
async function traceOf(file: string | null | undefined): Promise<string> {
  if (typeof file !== 'string') return '';
  try {
    const { size, mtimeMs, ino } = await stat(file);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return 'none';
  }
}

async function scanVersion(folder: string, version: number, config: ServableConfig | undefined): Promise<FoundVersion> {
  const found = await findModel(folder, config?.model.model_file ?? null);
  const compiled = JSON.stringify([config?.model, config?.batching, await traceOf(config?.model.key_file)]);
  const fingerprint = createHash('sha1').update(found.files).update(compiled).digest('base64url');
  return {
    version,
    file: found.file,
    fingerprint,
    bytes: found.bytes,
    changedAt: found.changedAt,
    problem: found.problem,
  };
}
