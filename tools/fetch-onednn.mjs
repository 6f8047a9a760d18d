// Fetches the pinned oneDNN and unpacks it to build/deps/onednn-3.13: `node tools/fetch-onednn.mjs`.
//
// The library comes as a jar from Maven Central and must have the checksum below. The jar is kept in the download cache, and the unpacked
// folder appears whole, by a rename.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchJar, hasSha256, jarName } from './lib/maven.mjs';
import { dependencies, downloads } from './lib/paths.mjs';
import { main, run, ToolFailure } from './lib/run.mjs';

const kArtifact = {
  group: 'org.bytedeco',
  name: 'dnnl',
  version: '3.13-1.5.14',
  classifier: 'linux-x86_64',
  sha256: '9c9a46215ec11c7ceb442714083615c74104f4ad7181ff910bf5fa95999070f4',
};
const kFile = jarName(kArtifact);
const kFolder = path.join(dependencies, 'onednn-3.13');

async function download() {
  mkdirSync(downloads, { recursive: true });
  const folder = mkdtempSync(path.join(downloads, '.part-'));
  try {
    renameSync(await fetchJar(kArtifact, folder), path.join(downloads, kFile));
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
    writeFileSync(path.join(to, 'version'), `${kArtifact.version} ${kArtifact.sha256}\n`);
    rmSync(kFolder, { recursive: true, force: true });
    renameSync(to, kFolder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes sure the pinned oneDNN is unpacked; returns its folder. */
export async function fetchOnednn() {
  const version = path.join(kFolder, 'version');
  if (existsSync(version) && readFileSync(version, 'utf8').includes(kArtifact.sha256)) return kFolder;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new ToolFailure(
      `the pinned oneDNN is for linux x64, this is ${process.platform} ${process.arch}; build with an installed oneDNN 3: node tools/build-native.mjs -DMINDIRD_SYSTEM_ONEDNN=ON`,
    );
  const jar = path.join(downloads, kFile);
  if (!(await hasSha256(jar, kArtifact.sha256))) await download();
  await unpack(jar);
  return kFolder;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main('fetch-onednn', async () => console.log(await fetchOnednn()));
