// The licence texts of what is inside the binaries: those that this project keeps, those of npm packages, and those that Debian installs with its packages.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { kVersions } from '../fetch-arm64.mjs';
import { inRoot } from '../lib/paths.mjs';
import { run, ToolFailure } from '../lib/run.mjs';
import { billOfMaterials } from '../lib/sbom.mjs';
import { nativePackage } from './architectures.mjs';

const kept = (name) => inRoot('tools', 'package', 'licences', name);
const addonApi = JSON.parse(readFileSync(inRoot('node_modules', 'node-addon-api', 'package.json'), 'utf8'));

/** What the native package for a processor holds of others: how it is held, whose version counts, and where its texts are. */
const partsOf = ({ artefact, openmp }) => [
  {
    name: 'oneDNN',
    licence: 'Apache-2.0',
    how: 'libdnnl.so.3',
    purl: `pkg:maven/${artefact.group}/${artefact.name}@${artefact.version}`,
    files: [kept('oneDNN.txt'), kept('oneDNN-third-party.txt')],
  },
  {
    name: 'libgomp',
    licence: 'GPL-3.0-or-later WITH GCC-exception-3.1',
    how: 'libgomp.so.1',
    debian: openmp,
    installed: true,
  },
  { name: 'OpenSSL', licence: 'Apache-2.0', how: 'libcrypto, inside mindird.node', debian: 'libssl-dev' },
  { name: 'protozero', licence: 'BSD-2-Clause', how: 'inside mindird.node', debian: 'libprotozero-dev' },
  { name: 'JSON for Modern C++', licence: 'MIT', how: 'inside mindird.node', debian: 'nlohmann-json3-dev' },
  { name: 'xxHash', licence: 'BSD-2-Clause', how: 'inside mindird.node', debian: 'libxxhash-dev' },
  {
    name: 'node-addon-api',
    licence: 'MIT',
    how: 'inside mindird.node',
    purl: `pkg:npm/node-addon-api@${addonApi.version}`,
    files: [inRoot('node_modules', 'node-addon-api', 'LICENSE.md')],
  },
];

/** The version of a Debian package: as dpkg has installed it, or as it was unpacked for another processor. */
async function debianVersion({ debian: name, installed }, { debian: unpacked }) {
  if (unpacked !== undefined && !installed)
    return JSON.parse(readFileSync(path.join(unpacked, kVersions), 'utf8'))[name];
  const { out } = await run('dpkg-query', ['-W', '-f', '${source:Version}', name], { capture: true });
  return out.trim();
}

/** The bill of materials. */
export async function nativeBill(architecture, version) {
  const told = [];
  for (const part of partsOf(architecture)) {
    const { name, licence, debian } = part;
    const purl = part.purl ?? `pkg:deb/debian/${debian}@${encodeURIComponent(await debianVersion(part, architecture))}`;
    told.push({ name, version: decodeURIComponent(purl.split('@').at(-1)), licence, purl });
  }
  return billOfMaterials(nativePackage(architecture), version, told);
}

/** All texts, one after the other. */
export function nativeLicences(architecture) {
  const ofDebian = ({ debian, installed }) =>
    path.join(installed ? '/' : (architecture.debian ?? '/'), 'usr', 'share', 'doc', debian, 'copyright');
  return partsOf(architecture)
    .map((part) => {
      const { name, licence, how, files = [ofDebian(part)] } = part;
      const missing = files.find((file) => !existsSync(file));
      if (missing !== undefined)
        throw new ToolFailure(`${missing}: missing, the licence of ${name} has to be in the package`);
      return [`${name} (${licence}): ${how}`, ...files.map((file) => readFileSync(file, 'utf8').trim())].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
}
