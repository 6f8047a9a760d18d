// Folders made of what was downloaded: a folder appears whole, by a rename, and a file in it says what it was made of.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, ToolFailure } from './run.mjs';

/**
 * Makes sure that a folder was made of `source` (version and checksum, one line); returns the folder. Where it was not,
 * `fill(made, work)` puts its contents into the folder `made`; `work` is for what is not kept. `stamp` names the file that says `source`.
 */
export async function madeFolder(folder, source, fill, { stamp = 'version' } = {}) {
  const said = path.join(folder, stamp);
  if (existsSync(said) && readFileSync(said, 'utf8').trimEnd() === source) return folder;
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(path.join(path.dirname(folder), `.${path.basename(folder)}-`));
  try {
    const made = path.join(work, 'made');
    mkdirSync(made);
    await fill(made, work);
    writeFileSync(path.join(made, stamp), `${source}\n`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(made, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Puts files and folders of a jar into the folder `to`: `names` are theirs inside the jar's folder `from`. One the jar lacks is an error.
 * CMake reads zip files and is on every machine that builds.
 */
export async function unpackJar(jar, from, names, to) {
  const work = mkdtempSync(path.join(to, '.unpacked-'));
  try {
    const wanted = names.map((name) => `${from}/${name}`);
    const { code, out } = await run('cmake', ['-E', 'tar', 'xf', jar, ...wanted], {
      cwd: work,
      capture: true,
      mayFail: true,
    });
    const missing = names.filter((name) => !existsSync(path.join(work, from, name)));
    if (missing.length > 0) throw new ToolFailure(`${path.basename(jar)} holds no ${missing.join(', ')}`);
    if (code !== 0) throw new ToolFailure(`${jar}: ${out.trim().split('\n').at(-1)}`);
    for (const name of names) renameSync(path.join(work, from, name), path.join(to, name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Refuses a machine that binaries for Linux on x64 do not run on; `instead` says what to do there. */
export function checkLinuxX64(what, instead = '', { platform, arch } = process) {
  if (platform === 'linux' && arch === 'x64') return;
  throw new ToolFailure(`${what} is for linux x64, this is ${platform} ${arch}${instead && `; ${instead}`}`);
}
