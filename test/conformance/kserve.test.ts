// Runs kserve_client.py, KServe's unmodified clients, against both ports over fake models. The Python with kserve is MINDIRD_KSERVE_PYTHON, or
// build/kserve-venv/bin/python, which `npm test` makes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { projectPath } from '../../server/util/root.ts';
import { FakeServer } from '../support/fake-server.ts';
import { addServedFakes } from '../support/served-fakes.ts';
import { patienceMs } from '../support/until.ts';

const python = process.env['MINDIRD_KSERVE_PYTHON'] ?? projectPath('build', 'kserve-venv', 'bin', 'python');
const missing = existsSync(python) ? false : `${python}: no Python with kserve; npm test makes one`;

test("kserve's clients: every call, over HTTP and gRPC", { skip: missing }, async () => {
  const server = new FakeServer();
  const held = await addServedFakes(server);
  held.held = false;
  const grpc = await server.start();
  try {
    const script = projectPath('test', 'conformance', 'kserve_client.py');
    const { stdout } = await promisify(execFile)(python, [script, server.http.address, grpc], { timeout: patienceMs });
    assert.match(stdout, /^\d{2,} checks passed$/m);
    assert.deepEqual(server.bugs, []);
  } finally {
    server.stop();
  }
});
