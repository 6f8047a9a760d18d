// `npm run package`: two npm packages that work without a compiler, as build/package/*.tgz and as the folders they were made of.
//   mindird               the server as one file, its protocols and the demo; @mindird/linux-x64 is an optional dependency of the same version
//   @mindird/linux-x64    the addon, oneDNN's library and OpenMP's, what the TensorRT engine opens, licence texts
//   npm run package -- [--out DIR] [--no-build] [--no-tensorrt] [--folders]
// The same sources on the same system give the same bytes: nothing in the files names a folder, a time or an order of files. --folders makes no tarballs.

import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildNative } from './build-native.mjs';
import { buildServer } from './build-server.mjs';
import { inRoot } from './lib/paths.mjs';
import { checkNode, npmPackages, systemPackages } from './lib/prepare.mjs';
import { main, run } from './lib/run.mjs';
import { checkLinuxX64 } from './lib/unpacked.mjs';
import { layNative, layServer } from './package/layout.mjs';

async function pack(folder, out) {
  const { out: said } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out, folder], {
    capture: true,
    // What an npm around this one was told is not meant for this one.
    env: { npm_config_dry_run: 'false', npm_config_loglevel: 'error' },
  });
  const [{ filename, size, unpackedSize }] = Object.values(JSON.parse(said));
  console.log(`${path.join(out, filename)}: ${mib(size)} MiB, ${mib(unpackedSize)} MiB unpacked`);
}

const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);

async function packages() {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: inRoot('build', 'package') },
      build: { type: 'boolean', default: true },
      tensorrt: { type: 'boolean', default: true },
      folders: { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  checkNode();
  checkLinuxX64('the package of the addon');
  if (values.build) {
    await systemPackages();
    await npmPackages();
    await buildNative({ tensorrt: values.tensorrt });
    await buildServer();
  }
  const out = path.resolve(values.out);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const folders = [layServer(path.join(out, 'mindird')), await layNative(path.join(out, 'linux-x64'), values.tensorrt)];
  if (values.folders) return;
  for (const folder of folders) await pack(folder, out);
}

await main('package', packages);
