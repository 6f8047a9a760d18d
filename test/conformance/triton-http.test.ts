// Runs triton_http_client.py, an unmodified foreign client, against the HTTP port over fake models. The Python with tritonclient[http] is
// MINDIRD_CLIENT_PYTHON, or build/venv/bin/python, which `npm test` makes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { SharedRegions } from '../../server/inference/shared-regions.ts';
import { fakeShared } from '../../server/native/fake-shared.ts';
import { projectPath } from '../../server/util/root.ts';
import { FakeServer } from '../support/fake-server.ts';
import { RecordedControl } from '../support/recorded-control.ts';
import { addServedFakes } from '../support/served-fakes.ts';
import { patienceMs } from '../support/until.ts';

const python = process.env['MINDIRD_CLIENT_PYTHON'] ?? projectPath('build', 'venv', 'bin', 'python');

test('triton client: every method of its HTTP class', async () => {
  assert.ok(
    existsSync(python),
    `${python}: no Python with tritonclient[http]; npm test makes one, or set MINDIRD_CLIENT_PYTHON`,
  );
  const control = new RecordedControl();
  const regions = new SharedRegions(
    { prefix: 'mindird-', maxRegions: 10, maxBytes: 2 ** 20 },
    { mapShared: fakeShared },
  );
  const server = new FakeServer({ control, regions });
  const held = await addServedFakes(server);
  await server.start();
  try {
    const script = projectPath('test', 'conformance', 'triton_http_client.py');
    const { stdout } = await promisify(execFile)(python, [script, server.http.address], { timeout: patienceMs });
    assert.match(stdout, /^\d{2,} checks passed$/m);
    assert.deepEqual(control.calls, ['load double', 'unload double', 'load bad', 'unload nobody']);
    assert.deepEqual(server.bugs, []);
  } finally {
    held.held = false;
    server.stop();
  }
});
