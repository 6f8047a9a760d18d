// Fetches the pinned oneDNN and unpacks it to build/deps/onednn-3.13: `node tools/fetch-onednn.mjs`.
//
// The library comes as a jar from Maven Central: by Maven, which knows this machine's mirrors and proxies, and by plain HTTPS
// where Maven cannot be had. Whatever the way, the file must have the checksum below. It is kept in the download cache, and the
// unpacked folder appears whole, by a rename.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { dependencies, downloads } from './lib/paths.mjs';
import { systemPackages } from './lib/prepare.mjs';
import { hasProgram, main, run, ToolFailure } from './lib/run.mjs';

const kVersion = '3.13-1.5.14';
const kArtifact = { group: 'org.bytedeco', name: 'dnnl', classifier: 'linux-x86_64' };
const kSha256 = '9c9a46215ec11c7ceb442714083615c74104f4ad7181ff910bf5fa95999070f4';
const kFile = `${kArtifact.name}-${kVersion}-${kArtifact.classifier}.jar`;
const kUrl = `https://repo1.maven.org/maven2/${kArtifact.group.replaceAll('.', '/')}/${kArtifact.name}/${kVersion}/${kFile}`;
const kFolder = path.join(dependencies, 'onednn-3.13');

/** Whether the bytes of a file are the pinned ones. */
export function isPinned(file, sha256 = kSha256) {
  return existsSync(file) && createHash('sha256').update(readFileSync(file)).digest('hex') === sha256;
}

async function byMaven(folder) {
  const { group, name, classifier } = kArtifact;
  const artifact = `${group}:${name}:${kVersion}:jar:${classifier}`;
  const options = [
    '-B',
    '-q',
    'dependency:copy',
    `-Dartifact=${artifact}`,
    `-DoutputDirectory=${folder}`,
    '-Dmdep.overWriteReleases=true',
  ];
  const { code, out } = await run('mvn', options, { capture: true, mayFail: true, cwd: folder, timeoutMs: 300_000 });
  if (code !== 0) throw new ToolFailure(`mvn could not fetch ${artifact}: ${out.trim().split('\n')[0]}`);
}

async function byHttps(folder) {
  const answer = await fetch(kUrl, { signal: AbortSignal.timeout(300_000) });
  if (!answer.ok) throw new ToolFailure(`${kUrl}: status ${answer.status}`);
  writeFileSync(path.join(folder, kFile), Buffer.from(await answer.arrayBuffer()));
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

async function download() {
  mkdirSync(downloads, { recursive: true });
  const folder = mkdtempSync(path.join(downloads, '.part-'));
  try {
    if (await mavenIsHere()) {
      await byMaven(folder).catch((error) => {
        console.error(`fetch-onednn: ${error.message}; trying ${kUrl}`);
        return byHttps(folder);
      });
    } else {
      await byHttps(folder);
    }
    const file = path.join(folder, kFile);
    if (!isPinned(file)) throw new ToolFailure(`${kFile}: the checksum is not ${kSha256}`);
    renameSync(file, path.join(downloads, kFile));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Unpacks the parts the build needs; CMake is there on every machine that builds, and reads zip files. */
async function unpack(jar) {
  mkdirSync(dependencies, { recursive: true });
  const folder = mkdtempSync(path.join(dependencies, '.onednn-'));
  try {
    await run('cmake', ['-E', 'tar', 'xf', jar], { cwd: folder, quiet: true });
    const from = path.join(folder, 'org', 'bytedeco', 'dnnl', kArtifact.classifier);
    const to = path.join(folder, 'onednn');
    mkdirSync(to);
    renameSync(path.join(from, 'include'), path.join(to, 'include'));
    renameSync(path.join(from, 'lib'), path.join(to, 'lib'));
    renameSync(path.join(from, 'libdnnl.so.3'), path.join(to, 'lib', 'libdnnl.so.3'));
    writeFileSync(path.join(to, 'version'), `${kVersion} ${kSha256}\n`);
    rmSync(kFolder, { recursive: true, force: true });
    renameSync(to, kFolder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes sure the pinned oneDNN is unpacked; returns its folder. */
export async function fetchOnednn() {
  const version = path.join(kFolder, 'version');
  if (existsSync(version) && readFileSync(version, 'utf8').includes(kSha256)) return kFolder;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new ToolFailure(
      `the pinned oneDNN is for linux x64, this is ${process.platform} ${process.arch}; build with an installed oneDNN 3: node tools/build-native.mjs -DMINDIRD_SYSTEM_ONEDNN=ON`,
    );
  const jar = path.join(downloads, kFile);
  if (!isPinned(jar)) await download();
  await unpack(jar);
  return kFolder;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main('fetch-onednn', async () => console.log(await fetchOnednn()));
