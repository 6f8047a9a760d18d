// Runs triton_client.py, an unmodified foreign client, against the request path over fake models. The Python with
// tritonclient[grpc] is MINDIRD_CLIENT_PYTHON, or build/venv/bin/python, which `npm test` makes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { projectPath } from '../../server/util/root.ts';
import { FakeServer } from '../support/fake-server.ts';
import { addServedFakes } from '../support/served-fakes.ts';
import { patienceMs } from '../support/until.ts';

const python = process.env['MINDIRD_CLIENT_PYTHON'] ?? projectPath('build', 'venv', 'bin', 'python');

test('triton client: every call, over TCP and a unix socket', async () => {
  assert.ok(
    existsSync(python),
    `${python}: no Python with tritonclient[grpc]; npm test makes one, or set MINDIRD_CLIENT_PYTHON`,
  );
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-'));
  const server = new FakeServer({ addresses: ['127.0.0.1:0', `unix:${folder}/s`] });
  const held = await addServedFakes(server);
  await server.start();
  try {
    for (const address of server.grpc.addresses) {
      const { stdout } = await promisify(execFile)(
        python,
        [projectPath('test', 'conformance', 'triton_client.py'), address, '--fake'],
        { timeout: patienceMs },
      );
      assert.match(stdout, /^\d{3} checks passed$/m);
    }
  } finally {
    held.held = false;
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
