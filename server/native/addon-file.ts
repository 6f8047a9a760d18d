// Where the addon is, and what to do where it is missing or does not load.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { projectPath } from '../util/root.ts';

/** The npm package that holds the addon for a platform. */
export const addonPackage: string = `@mindird/${process.platform}-${process.arch}`;

const name = 'mindird.node';

/** The addon that npm has installed: with the packages of this one, or beside it where it is itself one of an application's. */
function packagedAddon(): string | undefined {
  const places = [projectPath('node_modules'), projectPath('..')];
  return places.map((place) => path.join(place, addonPackage, name)).find(existsSync);
}

/** Where the addon is looked for: MINDIRD_ADDON, the release build of this checkout, the npm package. */
export function addonPath(): string {
  const named = process.env['MINDIRD_ADDON'];
  if (named !== undefined && named !== '') return path.resolve(named);
  const built = projectPath('build', 'release', name);
  return existsSync(built) ? built : (packagedAddon() ?? built);
}

/** What to do about an addon that is missing or does not fit, in a checkout and in an installation. */
export function addonRemedy(checkout: boolean = existsSync(projectPath('CMakeLists.txt'))): string {
  return checkout
    ? 'run "npm run build"'
    : `install ${addonPackage} of the same version, which exists for linux-x64 and linux-arm64 with glibc, or build from source`;
}

/** What the linker's message on a library says to who installed a package. */
export function linkerReason(message: string): string {
  const [, library = '', version = ''] = /version `(GLIBC|GLIBCXX)_([\d.]+)' not found/.exec(message) ?? [];
  if (library === 'GLIBC')
    return `needs glibc ${version} or later and this system's is older (Debian 12, Ubuntu 22.04 and RHEL 10 are new enough)`;
  if (library === 'GLIBCXX') return `needs a newer libstdc++, with GLIBCXX_${version} (that of GCC 12 or later)`;
  return `cannot be loaded (${message})`;
}
