// `npm run package`: npm packages that work without a compiler, as build/package/*.tgz and as the folders they were made of.
//   mindird               the server as one file, its protocols and the demo; the others are optional dependencies of the same version
//   @mindird/linux-x64    the addon, oneDNN's library and OpenMP's, what the TensorRT engine opens, licence texts
//   @mindird/linux-arm64  the same for arm64, by a cross compiler and without TensorRT
//   npm run package -- [--arch x64|arm64]… [--out DIR] [--no-build] [--no-tensorrt] [--folders]
// The same sources on the same system give the same bytes: nothing in the files names a folder, a time or an order of files. --folders makes no tarballs.

import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildNative } from './build-native.mjs';
import { buildServer } from './build-server.mjs';
import { inRoot } from './lib/paths.mjs';
import { checkNode, npmPackages, systemPackages } from './lib/prepare.mjs';
import { main, run, ToolFailure } from './lib/run.mjs';
import { checkLinuxX64 } from './lib/unpacked.mjs';
import { architectures } from './package/architectures.mjs';
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

function known(arch) {
  if (Object.hasOwn(architectures, arch)) return architectures[arch];
  throw new ToolFailure(`no processor ${arch}, want ${Object.keys(architectures).join(' or ')}`);
}

async function packages() {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', multiple: true, default: ['x64'] },
      out: { type: 'string', default: inRoot('build', 'package') },
      build: { type: 'boolean', default: true },
      tensorrt: { type: 'boolean', default: true },
      folders: { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  const wanted = [...new Set(values.arch)].map(known);
  const tensorrt = ({ arch }) => arch === 'x64' && values.tensorrt;
  checkNode();
  checkLinuxX64('what makes the packages');
  if (values.build) {
    await systemPackages(...(values.arch.includes('arm64') ? ['--arm64'] : []));
    await npmPackages();
    for (const one of wanted)
      await buildNative({ preset: one.preset, targets: ['mindird_addon'], tensorrt: tensorrt(one) });
    await buildServer();
  }
  const out = path.resolve(values.out);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const folders = [layServer(path.join(out, 'mindird'), wanted)];
  for (const one of wanted) folders.push(await layNative(path.join(out, `linux-${one.arch}`), one, tensorrt(one)));
  if (values.folders) return;
  for (const folder of folders) await pack(folder, out);
}

await main('package', packages);
