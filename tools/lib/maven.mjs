// Files of Maven Central, fetched by Maven, which knows this machine's mirrors and proxies. Every file must have its checksum.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { systemPackages } from './prepare.mjs';
import { hasProgram, run, ToolFailure } from './run.mjs';

/** The name of an artefact's jar. */
export const jarName = ({ name, version, classifier }) => `${name}-${version}-${classifier}.jar`;

/** The SHA-256 of a file of any size, in hex. */
export async function sha256Of(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** Whether a file is there and has the checksum. */
export const hasSha256 = async (file, sha256) => existsSync(file) && (await sha256Of(file)) === sha256;

async function byMaven(artifact, folder, timeoutMs) {
  const { group, name, version, classifier } = artifact;
  const coordinates = `${group}:${name}:${version}:jar:${classifier}`;
  const options = ['-B', '-q', 'dependency:copy', `-Dartifact=${coordinates}`, `-DoutputDirectory=${folder}`];
  const { code, out, ended } = await run('mvn', [...options, '-Dmdep.overWriteReleases=true'], {
    capture: true,
    mayFail: true,
    cwd: folder,
    timeoutMs,
  });
  if (code !== 0) throw new ToolFailure(`mvn could not fetch ${coordinates}: ${out.trim().split('\n')[0] || ended}`);
}

async function mavenIsHere() {
  if (await hasProgram('mvn')) return true;
  try {
    await systemPackages('--maven');
  } catch {
    return false;
  }
  return hasProgram('mvn');
}

/** Puts an artefact's jar into a folder and returns its path; a jar with another checksum than the artefact's `sha256` is an error. */
export async function fetchJar(artifact, folder, { timeoutMs = 300_000 } = {}) {
  if (!(await mavenIsHere())) {
    throw new ToolFailure(`${jarName(artifact)} is fetched by Maven, which is not here: install the package maven`);
  }
  await byMaven(artifact, folder, timeoutMs);
  const file = path.join(folder, jarName(artifact));
  const found = await sha256Of(file);
  if (found !== artifact.sha256)
    throw new ToolFailure(`${jarName(artifact)}: checksum ${found}, want ${artifact.sha256}`);
  return file;
}

/** Removes what Maven keeps of an artefact in its local repository, for jars too large to be kept twice. */
export function forgetInMaven({ group, name, version }) {
  const repository = path.join(os.homedir(), '.m2', 'repository');
  rmSync(path.join(repository, ...group.split('.'), name, version), { recursive: true, force: true });
}
