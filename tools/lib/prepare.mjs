// What has to be there before anything is built: a recent Node, system packages, npm packages.

import { existsSync, readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { run, ToolFailure } from './run.mjs';

/** Refuses a Node that is too old for the server. */
export function checkNode() {
  const wanted = /(\d+)\.(\d+)/.exec(JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).engines.node);
  const [major, minor] = process.versions.node.split('.').map(Number);
  const enough = major > Number(wanted[1]) || (major === Number(wanted[1]) && minor >= Number(wanted[2]));
  if (!enough) throw new ToolFailure(`node ${process.versions.node} found, want ${wanted[0]} or later`);
}

/** Installs missing system packages, unless MINDIRD_SKIP_SETUP is set. */
export async function systemPackages(...levels) {
  if (process.env.MINDIRD_SKIP_SETUP) return;
  await run(inRoot('tools', 'setup.sh'), levels);
}

const readPackages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** Whether node_modules holds what the lock file says; packages of other platforms are absent on purpose. */
export function modulesMatchLock(
  lockFile = inRoot('package-lock.json'),
  installedFile = inRoot('node_modules', '.package-lock.json'),
) {
  if (!existsSync(installedFile)) return false;
  const installed = readPackages(installedFile);
  return Object.entries(readPackages(lockFile)).every(
    ([name, { version, optional }]) =>
      name === '' || (installed[name] === undefined ? optional === true : installed[name].version === version),
  );
}

/** Installs the npm packages of the lock file if they are not the ones installed. */
export async function npmPackages() {
  if (modulesMatchLock()) return;
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
