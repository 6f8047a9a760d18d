// Programs of Debian's packages, unpacked into a folder of build/deps without being installed: installing some would also start their services.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { dependencies } from '../lib/paths.mjs';
import { run, ToolFailure } from '../lib/run.mjs';

/** Unpacks packages into build/deps/NAME, unless they are there; returns the folder. */
export async function unpackedPackages(name, packages) {
  const kept = path.join(dependencies, name);
  if (existsSync(kept)) return kept;
  mkdirSync(dependencies, { recursive: true });
  const folder = mkdtempSync(path.join(dependencies, `.${name}-`));
  try {
    const download = () =>
      run('apt-get', ['download', '-q', ...packages], { capture: true, mayFail: true, cwd: folder });
    if ((await download()).code !== 0) {
      await run('apt-get', ['update', '-q'], { quiet: true, mayFail: true });
      const { code, out } = await download();
      if (code !== 0)
        throw new ToolFailure(
          `apt-get download ${packages.join(' ')}: ${out.trim().split('\n').at(-1)}; install them by hand`,
        );
    }
    for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.deb')))
      await run('dpkg-deb', ['-x', file, 'all'], { cwd: folder, quiet: true });
    renameSync(path.join(folder, 'all'), kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return kept;
}
