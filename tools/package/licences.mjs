// The licence texts of what is inside the binaries: those that this project keeps, those of npm packages, and those that Debian installs with its packages.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { onednn } from '../fetch-onednn.mjs';
import { inRoot } from '../lib/paths.mjs';
import { run, ToolFailure } from '../lib/run.mjs';
import { billOfMaterials } from '../lib/sbom.mjs';

const kept = (name) => inRoot('tools', 'package', 'licences', name);
const addonApi = JSON.parse(readFileSync(inRoot('node_modules', 'node-addon-api', 'package.json'), 'utf8'));
const ofDebian = (name) => path.join('/usr/share/doc', name, 'copyright');

/** What the native package holds of others: how it is held, whose version counts, and where its texts are. */
const parts = [
  {
    name: 'oneDNN',
    licence: 'Apache-2.0',
    how: 'libdnnl.so.3',
    purl: `pkg:maven/${onednn.group}/${onednn.name}@${onednn.version}`,
    files: [kept('oneDNN.txt'), kept('oneDNN-third-party.txt')],
  },
  { name: 'libgomp', licence: 'GPL-3.0-or-later WITH GCC-exception-3.1', how: 'libgomp.so.1', debian: 'libgomp1' },
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

/** The purl of a package that Debian's dpkg has installed. */
async function debianPurl(name) {
  const { out } = await run('dpkg-query', ['-W', '-f', '${source:Version}', name], { capture: true });
  return `pkg:deb/debian/${name}@${encodeURIComponent(out.trim())}`;
}

/** The bill of materials. */
export async function nativeBill(version) {
  const told = [];
  for (const { name, licence, debian, purl } of parts) {
    const found = purl ?? (await debianPurl(debian));
    told.push({ name, version: decodeURIComponent(found.split('@').at(-1)), licence, purl: found });
  }
  return billOfMaterials('@mindird/linux-x64', version, told);
}

/** All texts, one after the other. */
export function nativeLicences() {
  return parts
    .map(({ name, licence, how, debian, files = [ofDebian(debian)] }) => {
      const missing = files.find((file) => !existsSync(file));
      if (missing !== undefined)
        throw new ToolFailure(`${missing}: missing, the licence of ${name} has to be in the package`);
      return [`${name} (${licence}): ${how}`, ...files.map((file) => readFileSync(file, 'utf8').trim())].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
}
