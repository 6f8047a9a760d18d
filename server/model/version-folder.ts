// Finds the model in a version folder: its only .mindir file whatever its name, or the one the configuration names. A plan file
// (.mindplan), which is such a model with its engines built, goes before it.
// Weights may lie beside it (`x_graph.mindir` with `x_variables/`), so every file of the folder counts for the fingerprint. Links are followed; where the
// model is one, weights may lie beside the real file. What Kubernetes keeps under `..data` is reached by the links beside it.

import type { Stats } from 'node:fs';
import path from 'node:path';
import type { Files } from './files.ts';
import { reasonOf } from './fs-reason.ts';

/** What a file is known by. */
export interface FileTrace {
  /** Relative to the folder. */
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** These two change with the file where they mean anything; some network and user-space file systems make up an inode at every look. */
  readonly ino: number;
  readonly ctimeMs: number;
  /** This process may read it: files are written for their owner alone, and mended later. */
  readonly readable: boolean;
}

export interface FoundModel {
  /** Absolute path; '' when there is a problem, or the servable has no model of its own. */
  readonly file: string;
  /** What there is to see of all files. */
  readonly traces: readonly FileTrace[];
  readonly bytes: number;
  readonly changedAt: number;
  readonly problem: string;
}

/** Files and depth that are looked at; external weights lie one folder down. */
const mostFiles = 4096;
const mostDepth = 2;

/** Name endings of model files, those that go first at the front. */
const endings = ['.mindplan', '.mindir'] as const;

/** Whether a file of this name is taken for a model. */
export function isModel(name: string): boolean {
  return endings.some((ending) => name.endsWith(ending));
}

interface Listing {
  readonly models: string[];
  /** Models that are links. */
  readonly links: Set<string>;
  readonly traces: FileTrace[];
  /** Names of the folder itself that are no part of the model. */
  readonly ignored: readonly string[];
  bytes: number;
  changedAt: number;
}

async function lookAt(files: Files, place: string): Promise<Stats | undefined> {
  try {
    return await files.stat(place);
  } catch {
    return undefined;
  }
}

async function list(files: Files, folder: string, prefix: string, listing: Listing): Promise<void> {
  for (const dirent of await files.list(folder)) {
    const entry = dirent.name;
    if (entry.startsWith('..') || (prefix === '' && listing.ignored.includes(entry))) continue;
    if (listing.traces.length >= mostFiles) return;
    const place = path.join(folder, entry);
    const name = prefix + entry;
    const info = await lookAt(files, place);
    if (info === undefined) {
      // A link to nowhere is no reason to refuse the files beside it, but a model that cannot be reached is.
      if (prefix === '' && isModel(entry)) listing.models.push(`${entry}/`);
      continue;
    }
    listing.changedAt = Math.max(listing.changedAt, info.mtimeMs, info.ctimeMs);
    if (info.isDirectory()) {
      if (name.split('/').length < mostDepth) await list(files, place, `${name}/`, listing);
      continue;
    }
    const { size, mtimeMs, ino, ctimeMs, mode } = info;
    const readable = (mode & 0o004) !== 0 || (await files.readable(place));
    listing.traces.push({ name, size, mtimeMs, ino, ctimeMs, readable });
    if (info.isFile()) listing.bytes += info.size;
    if (prefix !== '' || !isModel(entry)) continue;
    listing.models.push(info.isFile() ? entry : `${entry}/`);
    if (dirent.isSymbolicLink()) listing.links.add(entry);
  }
}

/** The files that go first: plan files where there are any. */
function foremost(models: readonly string[]): { readonly ending: string; readonly names: readonly string[] } {
  for (const ending of endings) {
    const names = models.filter((name) => name.replace(/\/$/, '').endsWith(ending));
    if (names.length > 0) return { ending, names };
  }
  return { ending: endings[0], names: [] };
}

function choose(
  models: readonly string[],
  wanted: string | null,
): { readonly name: string } | { readonly problem: string } {
  const { ending, names } = foremost(models);
  const [only, ...others] = wanted === null ? names : models.filter((name) => name === wanted || name === `${wanted}/`);
  if (only === undefined) {
    const none = 'has no .mindir or .mindplan file';
    return { problem: wanted === null ? none : `has no file ${wanted}, which model.model_file names` };
  }
  if (others.length > 0)
    return {
      problem: `has ${names.length} ${ending} files (${names.slice(0, 4).join(', ')}), want model.model_file to name one`,
    };
  return only.endsWith('/')
    ? { problem: `${only.slice(0, -1)} is not a regular file that can be reached` }
    : { name: only };
}

/** Adds the weights that lie only beside the real file of a model that is a link. */
async function listLinkedWeights(files: Files, folder: string, model: string, listing: Listing): Promise<void> {
  const file = await files.realpath(path.join(folder, model));
  const real = path.dirname(file);
  const weights = `${path.basename(file).replace(/(_graph)?\.mindir$/, '')}_variables`;
  if (real === (await files.realpath(folder)) || (await lookAt(files, path.join(folder, weights))) !== undefined)
    return;
  if ((await lookAt(files, path.join(real, weights)))?.isDirectory() === true)
    await list(files, path.join(real, weights), `${weights}/`, listing);
}

/** A version of a servable that has no model of its own. */
export function withoutModel({ traces, bytes, changedAt }: Omit<FoundModel, 'file' | 'problem'>): FoundModel {
  return { file: '', traces, bytes, changedAt, problem: '' };
}

/** Looks into a version folder, at all but the `ignored` names, for a model that is `wanted`, which must be there where it is `needed`, and `others` that must be; never rejects, what is wrong becomes the problem. */
export async function findModel(
  files: Files,
  folder: string,
  wanted: string | null,
  ignored: readonly string[] = [],
  others: readonly string[] = [],
  needed = true,
): Promise<FoundModel> {
  const listing: Listing = { models: [], links: new Set(), traces: [], ignored, bytes: 0, changedAt: 0 };
  let chosen: ReturnType<typeof choose>;
  try {
    await list(files, folder, '', listing);
    if (!needed && wanted === null && listing.models.length === 0) return withoutModel(listing);
    chosen = choose(listing.models, wanted);
    const missing = others.find((name) => !listing.models.includes(name));
    if (missing !== undefined && !('problem' in chosen))
      chosen = { problem: `has no file ${missing}, which a stage of its servable runs` };
    if ('name' in chosen && listing.links.has(chosen.name))
      await listLinkedWeights(files, folder, chosen.name, listing);
  } catch (caught) {
    const { traces, changedAt } = listing;
    return { file: '', traces, bytes: 0, changedAt, problem: reasonOf(caught) };
  }
  const { traces, bytes, changedAt } = listing;
  if ('problem' in chosen) return { file: '', traces, bytes, changedAt, problem: chosen.problem };
  return { file: path.join(folder, chosen.name), traces, bytes, changedAt, problem: '' };
}
