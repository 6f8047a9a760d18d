// What lies in the two packages.

import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { inRoot } from '../lib/paths.mjs';
import { run, ToolFailure } from '../lib/run.mjs';
import { nativePackage } from './architectures.mjs';
import { checkFloor, floor } from './floor.mjs';
import { nativeBill, nativeLicences } from './licences.mjs';

const project = () => JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

const put = (folder, name, text) => writeFileSync(path.join(folder, name), text);
const putJson = (folder, name, value) => put(folder, name, `${JSON.stringify(value, null, 2)}\n`);

/** The fields both packages share, in this order. */
function shared(description) {
  const { version, license } = project();
  return { version, description, license };
}

/** Lays the package `mindird`, which wants the native package of the processor it is installed on; returns the folder. */
export function layServer(folder, architectures) {
  const { name, description, files, engines, bin, exports, optionalDependencies } = project();
  mkdirSync(folder, { recursive: true });
  for (const one of [...files, 'README.md', 'LICENSE']) {
    if (!existsSync(inRoot(one))) throw new ToolFailure(`${one}: missing, run "npm run build:ts"`);
    // Maps of sources that are not there help nobody.
    cpSync(inRoot(one), path.join(folder, one), { recursive: true, filter: (source) => !source.endsWith('.js.map') });
  }
  const fields = shared(description);
  const addons = Object.fromEntries(architectures.map((one) => [nativePackage(one), fields.version]));
  putJson(folder, 'package.json', {
    name,
    ...fields,
    engines,
    bin,
    // Types for editors: the program resolves the name by itself.
    exports: { './servable': { types: exports['./servable'].types }, './package.json': './package.json' },
    optionalDependencies: { ...addons, ...optionalDependencies },
  });
  return folder;
}

/** The OpenMP runtime the addon was linked with. */
async function openmp({ tools }) {
  const { out } = await run(`${tools}g++`, ['-print-file-name=libgomp.so.1'], { capture: true });
  return realpathSync(out.trim());
}

/** Libraries of other projects, by the name they are loaded by. */
async function libraries(architecture) {
  return {
    'libdnnl.so.3': path.join(architecture.onednn, 'lib', 'libdnnl.so.3'),
    'libgomp.so.1': await openmp(architecture),
  };
}

/** What a build made: the addon, and with `tensorrt` what its TensorRT engine opens and starts. */
function built({ preset }, tensorrt) {
  const folder = inRoot('build', preset);
  if (!existsSync(path.join(folder, 'mindird.node')))
    throw new ToolFailure(
      `build/${preset}/mindird.node: missing, run "node tools/build-native.mjs --preset ${preset}"`,
    );
  const engine = readdirSync(folder).filter((name) => /^(libmindird_trt\d+\.so|mindird-builder)$/.test(name));
  if (tensorrt && engine.length === 0)
    throw new ToolFailure(`build/${preset}: no TensorRT modules, run "node tools/build-native.mjs --tensorrt"`);
  return ['mindird.node', ...(tensorrt ? engine : [])].map((name) => path.join(folder, name));
}

/** Lays the native package of a processor; returns the folder. */
export async function layNative(folder, architecture, tensorrt) {
  const { arch, words, tools } = architecture;
  const name = nativePackage(architecture);
  mkdirSync(folder, { recursive: true });
  const binaries = [];
  for (const file of built(architecture, tensorrt)) {
    const target = path.join(folder, path.basename(file));
    await run(`${tools}strip`, ['--strip-unneeded', '-o', target, file]);
    binaries.push(target);
  }
  for (const [library, file] of Object.entries(await libraries(architecture))) {
    copyFileSync(file, path.join(folder, library));
    chmodSync(path.join(folder, library), 0o644);
    binaries.push(path.join(folder, library));
  }
  for (const file of binaries) await checkFloor(file);
  const fields = shared(`The native part of mindird for ${words} Linux`);
  putJson(folder, 'package.json', {
    name,
    ...fields,
    os: ['linux'],
    cpu: [arch],
    libc: ['glibc'],
    mindird: { glibc: floor.GLIBC, glibcxx: floor.GLIBCXX },
  });
  putJson(folder, 'sbom.cdx.json', await nativeBill(architecture, fields.version));
  put(folder, 'LICENCES.txt', nativeLicences(architecture));
  copyFileSync(inRoot('LICENSE'), path.join(folder, 'LICENSE'));
  put(
    folder,
    'README.md',
    `# ${name}\n\nThe native part of mindird for ${words} Linux with glibc ${floor.GLIBC} and libstdc++ of GCC 12 or later. LICENCES.txt holds the licences of what is inside.\n`,
  );
  return folder;
}
