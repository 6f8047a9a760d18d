// Fetches NVIDIA's TensorRT headers of both majors and puts them into build/deps/tensorrt-10 and -11: `node tools/fetch-tensorrt.mjs`.
//
// They come inside two releases of one crate of the Rust registry (Apache-2.0), by Cargo, which knows this machine's mirrors and proxies.
// A crate must have the checksum below. Only the headers of the full library are kept, with the crate's stand-in for CUDA's runtime header;
// nothing is compiled from the crate, and nothing of NVIDIA's enters the repository. An unpacked folder appears whole, by a rename.

import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { dependencies } from './lib/paths.mjs';
import { hasProgram, main, run, ToolFailure } from './lib/run.mjs';
import { madeFolder } from './lib/unpacked.mjs';

const kCrate = 'trtx-sys';
const kReleases = [
  {
    major: 10,
    crate: '0.5.0',
    headers: 'TRT-Enterprise-10.16',
    sha256: '1efd9036abbd2775da5df4e49793ec8e656f026fb9c60dff7e95bda2d654e634',
  },
  {
    major: 11,
    crate: '0.8.1',
    headers: 'TRT-Enterprise-11.1',
    sha256: 'ce855124c15c6b89050129b779ced096ed451fb99b00adab81a1d7dfab765aa3',
  },
];

/** The folder of one major's headers, whether it is there or not. */
export const headersFolder = (major) => path.join(dependencies, `tensorrt-${major}`);

/** Not called "version": in a folder of headers that would be the C++ header of this name. */
const kStamp = 'fetched.txt';

/** The folder or file below `folder/<registry>/` whose name is the crate's, with or without build metadata behind the version. */
function inRegistry(folder, release, ending) {
  const prefix = `${kCrate}-${release.crate}`;
  for (const registry of existsSync(folder) ? readdirSync(folder) : [])
    for (const entry of readdirSync(path.join(folder, registry)))
      if (entry === prefix + ending || (entry.startsWith(`${prefix}+`) && entry.endsWith(ending)))
        return path.join(folder, registry, entry);
  throw new ToolFailure(`cargo left no ${prefix}${ending} in ${folder}`);
}

async function fetchCrate(release, folder) {
  const manifest = `[package]\nname = "headers"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n${kCrate} = "=${release.crate}"\n`;
  mkdirSync(path.join(folder, 'src'));
  writeFileSync(path.join(folder, 'src', 'lib.rs'), '');
  writeFileSync(path.join(folder, 'Cargo.toml'), manifest);
  const home = path.join(folder, 'home');
  const { code, out } = await run('cargo', ['fetch', '--target', 'x86_64-unknown-linux-gnu'], {
    cwd: folder,
    env: { CARGO_HOME: home },
    capture: true,
    mayFail: true,
    timeoutMs: 300_000,
  });
  if (code !== 0)
    throw new ToolFailure(`cargo could not fetch ${kCrate} ${release.crate}: ${out.trim().split('\n').at(-1)}`);
  return path.join(home, 'registry');
}

async function unpack(release, made, work) {
  if (!(await hasProgram('cargo')))
    throw new ToolFailure(
      'no cargo, which fetches the TensorRT headers; install Rust, or build with the headers of an installation: -DMINDIRD_TENSORRT_10_INCLUDE=DIR -DMINDIRD_TENSORRT_11_INCLUDE=DIR',
    );
  const registry = await fetchCrate(release, work);
  const crate = inRegistry(path.join(registry, 'cache'), release, '.crate');
  const found = createHash('sha256').update(readFileSync(crate)).digest('hex');
  if (found !== release.sha256)
    throw new ToolFailure(`${path.basename(crate)}: checksum ${found}, want ${release.sha256}`);
  const all = path.join(inRegistry(path.join(registry, 'src'), release, ''), 'TensorRT-Headers');
  copyFileSync(path.join(all, 'cuda_runtime_api.h'), path.join(made, 'cuda_runtime_api.h'));
  cpSync(path.join(all, release.headers), made, { recursive: true });
}

/** Makes sure the headers of both majors are there; returns their folders. */
export function fetchTensorrt() {
  const fetched = kReleases.map((release) => {
    const source = `${kCrate} ${release.crate} ${release.headers} ${release.sha256}`;
    const fill = (made, work) => unpack(release, made, work);
    return madeFolder(headersFolder(release.major), source, fill, { stamp: kStamp });
  });
  return Promise.all(fetched);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main('fetch-tensorrt', async () => console.log((await fetchTensorrt()).join('\n')));
