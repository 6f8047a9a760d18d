// Methods with stages, of a servable_config.py and of a servable_config.mjs, called by foreign clients as they are.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { parsePythonServable } from '../../server/config/python/servable-python.ts';
import { doublingModel } from '../../server/native/fake-file.ts';
import { projectPath } from '../../server/util/root.ts';
import { FakeServer } from '../support/fake-server.ts';
import { labelled, moduleOf, serveStages } from '../support/stage-fixture.ts';
import { patienceMs } from '../support/until.ts';

const words = `import { addStage, InvalidArgument, registerMethod, tensor } from 'mindird/servable';
const texts = { dtype: 'BYTES', shape: [-1] };
function first(text) {
  if (text.data.some((item) => item.length === 0)) throw new InvalidArgument('want a text');
  return tensor(text.data.map((item) => item.toString().split(' ')[0]));
}
registerMethod({
  name: 'echo',
  inputs: { text: texts },
  outputs: { first: texts, raw: texts },
  stages: ({ text }) => ({ first: addStage(first, text), raw: addStage((x) => x, text, { name: 'raw' }) }),
});
`;

const server = new FakeServer();
const ends: (() => Promise<void> | void)[] = [];

before(async () => {
  const config = parsePythonServable(labelled, 'servable_config.py');
  assert.ok(config.chains !== undefined);
  const open = await serveStages(server, 'labelled', config.chains, doublingModel([-1, 3]));
  const { plan, remove } = await moduleOf(words);
  const spoken = await serveStages(server, 'words', plan, doublingModel([-1, 3]));
  ends.push(
    () => open.close(),
    () => spoken.close(),
    remove,
  );
  await server.start();
});
after(async () => {
  await server.drain(1000);
  for (const end of ends) await end();
});

const clients = [
  ['MindSpore Serving’s client', 'MINDIRD_SERVING_PYTHON', 'serving-venv', 'methods_serving_client.py', 7],
  ['tritonclient', 'MINDIRD_CLIENT_PYTHON', 'venv', 'methods_triton_client.py', 7],
] as const;

for (const [name, variable, folder, script, checks] of clients) {
  const python = process.env[variable] ?? projectPath('build', folder, 'bin', 'python');
  const skip = existsSync(python) ? false : `${python}: no Python with ${name}`;
  test(`methods: ${name}, unmodified`, { skip }, async () => {
    const args = [projectPath('test', 'conformance', script), server.grpc.addresses[0] ?? ''];
    const { stdout } = await promisify(execFile)(python, args, { timeout: patienceMs });
    assert.match(stdout, new RegExp(`^${checks} checks passed$`, 'm'));
    assert.equal(server.admission.requests, 0);
  });
}
