// Fetches the pinned oneDNN and unpacks it to build/deps/onednn-3.13: `node tools/fetch-onednn.mjs`.
//
// The library comes as a jar from Maven Central and must have the checksum below. The jar is kept in the download cache, and the unpacked
// folder appears whole, by a rename.

import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchJar, hasSha256, jarName } from './lib/maven.mjs';
import { dependencies, downloads } from './lib/paths.mjs';
import { main } from './lib/run.mjs';
import { checkLinuxX64, madeFolder, unpackJar } from './lib/unpacked.mjs';

/** The artefact of Maven that holds it. */
export const onednn = {
  group: 'org.bytedeco',
  name: 'dnnl',
  version: '3.13-1.5.14',
  classifier: 'linux-x86_64',
  sha256: '9c9a46215ec11c7ceb442714083615c74104f4ad7181ff910bf5fa95999070f4',
};
const kInJar = 'org/bytedeco/dnnl/linux-x86_64';
const kLibrary = 'libdnnl.so.3';

/** The jar in the download cache. */
async function keptJar() {
  const kept = path.join(downloads, jarName(onednn));
  if (await hasSha256(kept, onednn.sha256)) return kept;
  mkdirSync(downloads, { recursive: true });
  const folder = mkdtempSync(path.join(downloads, '.part-'));
  try {
    renameSync(await fetchJar(onednn, folder), kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return kept;
}

async function unpack(made) {
  checkLinuxX64(
    'the pinned oneDNN',
    'build with an installed oneDNN 3: node tools/build-native.mjs -DMINDIRD_SYSTEM_ONEDNN=ON',
  );
  await unpackJar(await keptJar(), kInJar, ['include', 'lib', kLibrary], made);
  renameSync(path.join(made, kLibrary), path.join(made, 'lib', kLibrary));
}

/** Makes sure the pinned oneDNN is unpacked; returns its folder. */
export const fetchOnednn = () =>
  madeFolder(path.join(dependencies, 'onednn-3.13'), `${onednn.version} ${onednn.sha256}`, unpack);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main('fetch-onednn', async () => console.log(await fetchOnednn()));
