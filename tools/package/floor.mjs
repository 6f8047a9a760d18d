// The oldest C and C++ libraries a packaged binary runs on. The versions of symbols in the files say what they need; the floor is what is promised.

import { run, ToolFailure } from '../lib/run.mjs';

/** What Debian 12, Ubuntu 22.04 and RHEL 10 have, or more. README.md states it. */
export const floor = { GLIBC: '2.35', GLIBCXX: '3.4.30' };

/** Orders two versions of numbers and points. */
export function compareVersions(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The highest version of each name of `floor` in what `readelf --version-info` prints. */
export function highest(text) {
  const found = {};
  for (const [, name, version] of text.matchAll(/\b(GLIBC|GLIBCXX)_([\d.]+)/g))
    if (found[name] === undefined || compareVersions(version, found[name]) > 0) found[name] = version;
  return found;
}

/** Refuses a file that needs more than the floor. */
export async function checkFloor(file) {
  const { out } = await run('readelf', ['--version-info', '--wide', file], { capture: true });
  const needs = highest(out);
  if (Object.keys(needs).length === 0) throw new ToolFailure(`${file}: no versions of the C library in it`);
  for (const [name, version] of Object.entries(needs))
    if (compareVersions(version, floor[name]) > 0)
      throw new ToolFailure(
        `${file}: needs ${name} ${version}, and the floor is ${floor[name]}; build on an older system`,
      );
}
