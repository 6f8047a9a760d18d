// Finds the project's own folder, so that proto files and the addon resolve alike from dist/ and from a checkout.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder at or above `from` whose package.json is named mindird and that holds proto/; throws when there is none. */
export function findRoot(from: string): string {
  for (let dir = path.resolve(from); ; dir = path.dirname(dir)) {
    if (isRoot(dir)) return dir;
    if (path.dirname(dir) === dir)
      throw new Error(`${from}: no folder above holds the package.json of mindird and proto/`);
  }
}

function isRoot(dir: string): boolean {
  const file = path.join(dir, 'package.json');
  if (!existsSync(file) || !existsSync(path.join(dir, 'proto'))) return false;
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof parsed === 'object' && parsed !== null && (parsed as { name?: unknown }).name === 'mindird';
  } catch {
    return false;
  }
}

let cached: string | undefined;

/** The project's folder, found once. */
export function projectRoot(): string {
  cached ??= findRoot(path.dirname(fileURLToPath(import.meta.url)));
  return cached;
}

/** Absolute path of a file of the project. */
export function projectPath(...parts: readonly string[]): string {
  return path.join(projectRoot(), ...parts);
}
