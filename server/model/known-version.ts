// What is remembered of a version from one look to the next, so that a look can tell whether its files are other ones. Pure.
//
// A fingerprint stands for everything a version is made from: the model's files (name, size, time, whether they can be read) and the part of the
// configuration that compiling depends on. A file that was replaced by one of the same size and time shows by its inode and its time of change: only when
// both are others is it another file, for there are file systems on which one of them says nothing.

import { createHash } from 'node:crypto';
import type { FileTrace, FoundModel } from './version-folder.ts';

export interface FoundVersion {
  readonly version: number;
  /** The model file; '' when there is a problem, or the servable has no model of its own. */
  readonly file: string;
  readonly fingerprint: string;
  /** Size of all files of the version. */
  readonly bytes: number;
  /** Latest modification of any of them, milliseconds since the epoch. */
  readonly changedAt: number;
  /** When a look last saw its files grow, milliseconds since the epoch; 0 for never. */
  readonly writtenAt: number;
  /** Why the version cannot be loaded; '' when it can. */
  readonly problem: string;
}

export interface KnownVersion {
  readonly traces: readonly FileTrace[];
  /** The configuration, as text. */
  readonly compiled: string;
  /** Tells files of the same names, sizes and times from the ones before them. */
  readonly salt: string;
  readonly found: FoundVersion;
}

const lineOf = ({ name, size, mtimeMs, readable }: FileTrace): string =>
  `${name} ${size} ${mtimeMs}${readable ? '' : ' unreadable'}`;

const sameLines = (a: readonly FileTrace[], b: readonly FileTrace[]): boolean =>
  a.length === b.length && a.every((trace, i) => lineOf(trace) === lineOf(b[i] ?? trace));

/** Some file is another one, of the same size and time. */
const replaced = (a: readonly FileTrace[], b: readonly FileTrace[]): boolean =>
  a.some((trace, i) => trace.ino !== b[i]?.ino && trace.ctimeMs !== b[i]?.ctimeMs);

/** A file grew where it lies, or another one was put beside it: somebody is copying. Files that are moved into their place are new ones. */
function isWritten(before: readonly FileTrace[], now: readonly FileTrace[]): boolean {
  const known = new Map(before.map((trace) => [trace.name, trace]));
  return now.some(({ name, ino, size, mtimeMs }) => {
    const former = known.get(name);
    return former === undefined || (former.ino === ino && (former.size !== size || former.mtimeMs !== mtimeMs));
  });
}

/** The version as a look found it; the object of the look before where nothing of it changed. `now` is the time of the look. */
export function judgeVersion(
  version: number,
  model: FoundModel,
  compiled: string,
  before: KnownVersion | undefined,
  now: number,
): KnownVersion {
  const { traces, file, bytes, changedAt, problem } = model;
  const same = before !== undefined && sameLines(before.traces, traces);
  const other = before !== undefined && same && replaced(before.traces, traces);
  if (same && !other && before.compiled === compiled) {
    const { found } = before;
    if (found.file === file && found.changedAt === changedAt && found.problem === problem) return { ...before, traces };
  }
  const salt = other ? traces.map(({ ino, ctimeMs }) => `${ino} ${ctimeMs}`).join(' ') : (before?.salt ?? '');
  const text = [...traces.map(lineOf), problem, compiled, salt].join('\n');
  const fingerprint = createHash('sha1').update(text).digest('base64url');
  const writtenAt = before !== undefined && isWritten(before.traces, traces) ? now : (before?.found.writtenAt ?? 0);
  return { traces, compiled, salt, found: { version, file, fingerprint, bytes, changedAt, writtenAt, problem } };
}
