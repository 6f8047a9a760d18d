// Labels of versions, and the shares of requests that name no version.
//
//   versions:
//     labels: [stable=3, canary=4]
//     split: [stable=95, canary=5]
//
// A request goes to the version whose part of the line from 0 to 1 its point lies in. Points of requests that bring the same key for it are
// the same; those of the others are spread evenly. Versions that are not ready leave their part to the rest.

import { createHash } from 'node:crypto';

export interface Labelling {
  /** Versions by label. */
  readonly labels: ReadonlyMap<string, number>;
  /** Shares by label, above 0; empty: the highest version gets all. */
  readonly split: ReadonlyMap<string, number>;
}

export const unlabelled: Labelling = { labels: new Map(), split: new Map() };

/** A label is no number, which would be a version. */
export const labelPattern: RegExp = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** A labelling of texts LABEL=NUMBER that were checked (config/servable.ts). */
export function labellingOf(labels: readonly string[], split: readonly string[]): Labelling {
  if (labels.length === 0) return unlabelled;
  const pairs = (texts: readonly string[]): Map<string, number> =>
    new Map(
      texts.map((text) => [text.slice(0, text.indexOf('=')), Number(text.slice(text.indexOf('=') + 1))] as const),
    );
  return { labels: pairs(labels), split: pairs(split) };
}

/** Versions that are served because they have a label. */
export function labelledVersions({ labels }: Labelling): readonly number[] {
  return [...new Set(labels.values())];
}

/** The version for a point from 0 to 1 among those that are ready; undefined where no part of the split is. */
export function versionAt(
  { labels, split }: Labelling,
  point: number,
  isReady: (version: string) => boolean,
): string | undefined {
  const parts: { readonly version: string; readonly share: number }[] = [];
  for (const [label, share] of split) {
    const version = String(labels.get(label) ?? '');
    if (isReady(version)) parts.push({ version, share });
  }
  let left = point * parts.reduce((sum, { share }) => sum + share, 0);
  for (const { version, share } of parts) {
    if (left < share) return version;
    left -= share;
  }
  return parts.at(-1)?.version;
}

/** The point of a key, another one for each servable. */
export function pointOf(servable: string, key: string): number {
  return createHash('sha256').update(`${servable}\0${key}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** The fractional part of the golden ratio: its multiples fill the line more evenly than chance does. */
const stride = (Math.sqrt(5) - 1) / 2;

/** The next point of a sequence that is spread evenly. */
export function nextPoint(point: number): number {
  return (point + stride) % 1;
}
