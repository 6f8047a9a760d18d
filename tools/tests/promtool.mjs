// promtool, with the prometheus beside it, for the tests: those on the machine, or those in Debian's package, unpacked without being installed, because
// installing it would also start a Prometheus server.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { dependencies } from '../lib/paths.mjs';
import { hasProgram, run, ToolFailure } from '../lib/run.mjs';

const kFolder = path.join(dependencies, 'prometheus');

/** Makes sure there is a promtool; returns how to start it. */
export async function preparePromtool() {
  if ((await hasProgram('promtool')) && (await hasProgram('prometheus'))) return 'promtool';
  const unpacked = path.join(kFolder, 'usr', 'bin', 'promtool');
  if (existsSync(unpacked)) return unpacked;
  mkdirSync(dependencies, { recursive: true });
  const folder = mkdtempSync(path.join(dependencies, '.prometheus-'));
  try {
    const download = () =>
      run('apt-get', ['download', '-q', 'prometheus'], { capture: true, mayFail: true, cwd: folder });
    if ((await download()).code !== 0) {
      await run('apt-get', ['update', '-q'], { quiet: true, mayFail: true });
      const { code, out } = await download();
      if (code !== 0)
        throw new ToolFailure(
          `apt-get download prometheus: ${out.trim().split('\n').at(-1)}; install promtool by hand`,
        );
    }
    const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['-x', file, 'all'], { cwd: folder, quiet: true });
    rmSync(kFolder, { recursive: true, force: true });
    renameSync(path.join(folder, 'all'), kFolder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return unpacked;
}
