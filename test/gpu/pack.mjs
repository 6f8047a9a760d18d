// Packs what a machine with a GPU needs to run test/gpu/run.py, for a machine with neither Node nor a package registry:
//
//   node test/gpu/pack.mjs --out FOLDER [--piece-mib 60] [--level 13] [--libraries FOLDER]
//
// FOLDER gets program.tar.xz (mindird-builder, the engine modules, the networks, the scripts and a zstd to unpack with), tensorrt.tar.zst.000 and so on
// (libnvinfer 10.6 with its builder resources, as they come in a jar of Maven Central), unpack.sh and SHA256SUMS. No file is larger than a piece.
// --libraries packs the files of a folder in place of NVIDIA's. What is packed is built first if need be.

import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildNative } from '../../tools/build-native.mjs';
import { fetchJar, forgetInMaven, sha256Of } from '../../tools/lib/maven.mjs';
import { inRoot } from '../../tools/lib/paths.mjs';
import { main, run, ToolFailure } from '../../tools/lib/run.mjs';
import { unpackJar } from '../../tools/lib/unpacked.mjs';

const kArtifact = {
  group: 'org.bytedeco',
  name: 'tensorrt',
  version: '10.6-1.5.11',
  classifier: 'linux-x86_64-redist',
  sha256: 'e7979693541f996bc284335b05f5e890a82b8b3aba50d680e1343a139cf291c4',
};
const kInJar = 'org/bytedeco/tensorrt/linux-x86_64';
const kLibraries = ['libnvinfer.so.10', 'libnvinfer_builder_resource.so.10.6.0'];
const kPrograms = ['mindird-builder', 'libmindird_trt10.so', 'libmindird_trt11.so'];
/** What stays here: it makes what is packed, and the calls that carry it. */
const kNotPacked = ['open_batch.py', 'calls.py', 'rehearse.py'];
const kScripts = readdirSync(inRoot('test', 'gpu')).filter(
  (name) => name.endsWith('.py') && !name.endsWith('_test.py') && !kNotPacked.includes(name),
);

/** zstd of this machine with the libraries it needs beside the C library, since another machine may have none. */
async function copyZstd(folder) {
  const { out: place } = await run('sh', ['-c', 'readlink -f "$(command -v zstd)"'], { capture: true });
  if (place.trim() === '') throw new ToolFailure('no zstd; install it with the system package zstd');
  cpSync(place.trim(), path.join(folder, 'zstd'));
  const { out } = await run('ldd', [place.trim()], { capture: true });
  const needed = [...out.matchAll(/=> (\S+lib(?:z|lzma|lz4|zstd)\.so\S*)/g)].map((match) => match[1]);
  mkdirSync(path.join(folder, 'zstd-libraries'));
  for (const file of needed) copyFileSync(file, path.join(folder, 'zstd-libraries', path.basename(file)));
}

/** What run.py expects around itself. */
async function collectProgram(folder) {
  await buildNative({ tensorrt: true, targets: ['mindird_builder', 'mindird_trt10', 'mindird_trt11'] });
  const bin = path.join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of kPrograms) {
    cpSync(inRoot('build', 'release', name), path.join(bin, name));
    await run('strip', ['--strip-unneeded', path.join(bin, name)]);
  }
  await copyZstd(bin);
  for (const name of kScripts) cpSync(inRoot('test', 'gpu', name), path.join(folder, name));
  const structures = path.join(folder, 'networks');
  cpSync(inRoot('test', 'gpu', 'networks'), structures, { recursive: true });
  await run('sh', ['-c', 'xz -d -- "$1"/*.xz', 'sh', structures]);
  const small = inRoot('test', 'networks');
  for (const name of readdirSync(small))
    if (!name.includes('_dynamic')) cpSync(path.join(small, name), path.join(folder, 'small', name));
}

async function collectTensorrt(folder, given) {
  const made = path.join(folder, 'tensorrt');
  if (given !== undefined) {
    cpSync(path.resolve(given), made, { recursive: true });
    return;
  }
  const jar = await fetchJar(kArtifact, folder, { timeoutMs: 1_800_000 });
  forgetInMaven(kArtifact);
  mkdirSync(made);
  await unpackJar(jar, kInJar, kLibraries, made);
  rmSync(jar);
}

/** Runs a pipeline of the shell; any of its programs that fails makes it fail. */
const pipeline = (text, ...args) => run('bash', ['-c', `set -o pipefail; ${text}`, 'bash', ...args]);

async function pack({ out, pieceMib, level, libraries }) {
  mkdirSync(out, { recursive: true });
  if (readdirSync(out).length > 0) throw new ToolFailure(`${out}: not empty`);
  const folder = mkdtempSync(path.join(out, '.part-'));
  try {
    const program = path.join(folder, 'program');
    await collectProgram(program);
    await pipeline('tar -c --owner=0 --group=0 -C "$1" . | xz -6 -T0 > "$2"', program, path.join(out, 'program.tar.xz'));
    rmSync(program, { recursive: true });
    await collectTensorrt(folder, libraries);
    await pipeline(
      'tar -c --owner=0 --group=0 -C "$1" tensorrt | zstd -q -T0 "-$2" --long=31 -c | split -b "$3" -d -a 3 - "$4"',
      folder,
      String(level),
      String(pieceMib * 2 ** 20),
      path.join(out, 'tensorrt.tar.zst.'),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  cpSync(inRoot('test', 'gpu', 'unpack.sh'), path.join(out, 'unpack.sh'));
  const names = readdirSync(out).sort();
  const sums = await Promise.all(names.map(async (name) => `${await sha256Of(path.join(out, name))}  ${name}\n`));
  writeFileSync(path.join(out, 'SHA256SUMS'), sums.join(''));
  const large = names.filter((name) => statSync(path.join(out, name)).size > pieceMib * 2 ** 20);
  if (large.length > 0) throw new ToolFailure(`${large.join(', ')}: larger than ${pieceMib} MiB`);
  for (const name of names) console.log(`${(statSync(path.join(out, name)).size / 2 ** 20).toFixed(1).padStart(8)} MiB  ${name}`);
}

function options() {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      'piece-mib': { type: 'string', default: '60' },
      level: { type: 'string', default: '13' },
      libraries: { type: 'string' },
    },
  });
  const number = (name, most) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new ToolFailure(`--${name} is ${values[name]}, want a number from 1 to ${most}`);
    return value;
  };
  if (values.out === undefined) throw new ToolFailure('no --out, want a folder for the pieces');
  if (values.libraries !== undefined && !existsSync(values.libraries))
    throw new ToolFailure(`--libraries ${values.libraries}: not there`);
  return {
    out: path.resolve(values.out),
    pieceMib: number('piece-mib', 1000),
    level: number('level', 19),
    libraries: values.libraries,
  };
}

await main('pack', () => pack(options()));
