// Unmodified Python clients over mutual TLS: tritonclient, and grpcio with its reflection and health clients. The Python is that of
// triton.test.ts.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { projectPath } from '../../server/util/root.ts';
import { Authority, certificatesOf } from '../support/authority.ts';
import { FakeServer } from '../support/fake-server.ts';
import { addServedFakes } from '../support/served-fakes.ts';
import { patienceMs, until } from '../support/until.ts';

const python = process.env['MINDIRD_CLIENT_PYTHON'] ?? projectPath('build', 'venv', 'bin', 'python');
const authority = new Authority();
const stranger = new Authority('another authority');
const caller = authority.issue('caller');
const shown = [authority.certificate, caller.certificate, caller.key];
let server: FakeServer;
let address = '';
let letGo: () => void;

before(async () => {
  server = new FakeServer({ tls: await certificatesOf(authority, authority.certificate) });
  const held = await addServedFakes(server);
  letGo = () => {
    held.held = false;
  };
  address = await server.start();
});

after(() => {
  letGo();
  server.stop();
  for (const own of [authority, stranger]) own.remove();
});

const run = async (script: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(python, [projectPath('test', 'conformance', script), ...args], { timeout: patienceMs }))
    .stdout;

test('triton client: every call over mutual TLS', async () => {
  assert.match(await run('triton_client.py', address, '--fake', '--tls', ...shown), /^\d{3} checks passed$/m);
});

test('grpcio: who shows what is answered or not, and the server says why', async () => {
  const known = server.refusals.length;
  const expired = authority.issue('late', -1);
  const files = [...shown, stranger.certificate, expired.certificate, expired.key];
  const out = await run('tls_client.py', address, ...files);
  assert.equal(out.split('\n').filter((line) => line.startsWith('ok ')).length, 6, out);
  await until(
    () => server.refusals.slice(known).some((text) => text.includes('plain text')),
    'the plain one is told of',
  );
  const told = server.refusals.slice(known).join('\n');
  assert.match(told, /it showed no certificate/);
  assert.match(told, /its certificate has expired/);
  assert.match(told, /the TLS handshake failed: /);
});

test('grpcio reflection and health: over mutual TLS', async () => {
  const out = await run('reflection_client.py', address, 'double', ...shown);
  assert.ok(out.split('\n').filter((line) => line.startsWith('ok ')).length >= 9, out);
});
