// An addon that needs no compiler: one that the environment names, or that of an npm package which was installed into this checkout.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

const version = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version;

/** The file, or undefined where it has to be built. A package of another version than the checkout's does not count. */
export function prebuiltAddon(checkout = root, environment = process.env) {
  if (environment.MINDIRD_ADDON) return environment.MINDIRD_ADDON;
  // What was built here goes before, and may be older than its sources.
  if (existsSync(path.join(checkout, 'build', 'release', 'CMakeCache.txt'))) return undefined;
  const folder = path.join(checkout, 'node_modules', '@mindird', `${process.platform}-${process.arch}`);
  const file = path.join(folder, 'mindird.node');
  return existsSync(file) && version(folder) === version(checkout) ? file : undefined;
}
