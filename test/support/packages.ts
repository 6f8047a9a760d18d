// The npm packages of this project, made and installed as a user does.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { projectPath } from '../../server/util/root.ts';

/** Makes the packages of what was built, into a folder. */
export function makePackages(out: string, ...options: readonly string[]): void {
  const args = [projectPath('tools', 'package.mjs'), '--no-build', '--out', out, ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

/**
 * What npm knows of this machine, as variables, for an npm that has another HOME: where packages come from, whom it trusts there, and its
 * cache, since Node.js itself is a package and need not come through the network once more.
 */
export function npmSettings(): Record<string, string> {
  const { stdout } = spawnSync('npm', ['config', 'get', 'cache', 'registry', 'cafile'], { encoding: 'utf8' });
  const given = [...stdout.matchAll(/^(\w+)=(.+)$/gm)].filter(([, , value]) => value !== 'null');
  const settings = given.map(([, name, value]) => [`npm_config_${name}`, value]);
  return { NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] ?? '', ...Object.fromEntries(settings) };
}
