// What a build for arm64 on another machine links with: `node tools/fetch-arm64.mjs` puts Debian's packages for arm64 and oneDNN's library for it into build/deps/arm64, none of
// them installed. The cross compiler and qemu are the machine's: `tools/setup.sh --arm64`.

import { cpSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchJar } from './lib/maven.mjs';
import { dependencies } from './lib/paths.mjs';
import { main, run } from './lib/run.mjs';
import { madeFolder, unpackJar } from './lib/unpacked.mjs';

/** The artefact of Maven that holds oneDNN for arm64. */
export const arm64Onednn = {
  group: 'org.bytedeco',
  name: 'dnnl',
  version: '3.13-1.5.14',
  classifier: 'linux-arm64',
  sha256: '51907b183fe7cac63f45fe158fe4c374fe882934daba952bc344df7e2c1c0061',
};
const kPackages = [
  ...['libssl-dev', 'libssl3', 'libgtest-dev', 'googletest'],
  ...['nlohmann-json3-dev', 'libprotozero-dev', 'libxxhash-dev'],
];

/** The file of the folder that says which versions of Debian's packages are in it. */
export const kVersions = 'debian.json';

/** Downloads Debian's packages as a machine of arm64 would: with lists of its own, which the machine's apt never sees. */
async function debianPackages(made, work) {
  const at = (name) => {
    mkdirSync(path.join(work, name, 'partial'), { recursive: true });
    return path.join(work, name);
  };
  const settings = {
    'APT::Architecture': 'arm64',
    'APT::Architectures': 'arm64',
    'APT::Sandbox::User': 'root',
    'Dir::State::lists': at('lists'),
    'Dir::Cache': at('cache'),
    'Dir::State::status': '/dev/null',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await run('apt-get', [...options, 'update', '-q'], { quiet: true });
  await run('apt-get', [...options, 'download', '-q', ...kPackages], { quiet: true, cwd: work });
  const versions = {};
  for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', path.join(work, file), made], { quiet: true });
    const { out } = await run('dpkg-deb', ['-W', '--showformat=${Package} ${source:Version}', path.join(work, file)], {
      capture: true,
    });
    const [name, version] = out.trim().split(' ');
    versions[name] = version;
  }
  writeFileSync(path.join(made, kVersions), `${JSON.stringify(versions, null, 2)}\n`);
  // A cross compiler looks for headers of one architecture among its own alone.
  const headers = path.join(made, 'usr', 'include');
  cpSync(path.join(headers, 'aarch64-linux-gnu'), headers, { recursive: true, preserveTimestamps: true });
}

async function onednn(made, work) {
  const folder = path.join(made, 'onednn');
  mkdirSync(path.join(folder, 'lib'), { recursive: true });
  await unpackJar(
    await fetchJar(arm64Onednn, work),
    'org/bytedeco/dnnl/linux-arm64',
    ['include', 'libdnnl.so.3'],
    folder,
  );
  renameSync(path.join(folder, 'libdnnl.so.3'), path.join(folder, 'lib', 'libdnnl.so.3'));
}

/** Makes sure that build/deps/arm64 is there; returns it. */
export const fetchArm64 = () =>
  madeFolder(
    path.join(dependencies, 'arm64'),
    `${kVersions} ${kPackages} ${arm64Onednn.version} ${arm64Onednn.sha256}`,
    async (made, work) => {
      await debianPackages(made, work);
      await onednn(made, work);
    },
  );

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main('fetch-arm64', async () => console.log(await fetchArm64()));
