// Unmodified foreign programs against the real process with the native addon and the demo servable: the Triton Python client,
// grpcio's reflection and health clients, and Prometheus's promtool. `npm test` installs them.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, ServerProcess, Workplace } from '../support/server-process.ts';
import { patienceMs } from '../support/until.ts';

const python = process.env['MINDIRD_CLIENT_PYTHON'] ?? projectPath('build', 'venv', 'bin', 'python');
const promtool = process.env['MINDIRD_PROMTOOL'] ?? 'promtool';

let place: Workplace;
let server: ServerProcess;

before(async () => {
  assert.ok(existsSync(python), `${python}: no Python with the packages of test/requirements.txt; npm test makes one`);
  place = new Workplace();
  cpSync(projectPath('servables', 'digits'), path.join(place.repository, 'digits'), { recursive: true });
  server = await ServerProcess.start(place, { environment: { MINDIRD_ADDON: nativeAddon } });
});

after(async () => {
  await server?.close();
  place.close();
});

const runPython = async (script: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(python, [projectPath('test', 'conformance', script), ...args], { timeout: patienceMs }))
    .stdout;

/** Runs promtool; its findings are on both streams. */
function runPromtool(args: readonly string[], input = ''): { readonly code: number | null; readonly text: string } {
  const { status, stdout, stderr, error } = spawnSync(promtool, args, { input, encoding: 'utf8', timeout: patienceMs });
  assert.equal(error, undefined, `${promtool}: no such program; npm test fetches one`);
  return { code: status, text: stdout + stderr };
}

test('triton client: every call against the demo servable', async () => {
  assert.match(await runPython('triton_client.py', server.grpcAddress), /^\d{2,} checks passed$/m);
});

test('http: an inference of the demo servable, counted by its route', async () => {
  const inputs = [{ name: 'image', datatype: 'FP32', shape: [1, 1, 32, 32], data: Array(1024).fill(0) }];
  const answer = await fetch(`${server.httpUrl}/v2/models/digits/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs }),
  });
  const { outputs } = (await answer.json()) as { outputs: { name: string; data: number[] }[] };
  assert.deepEqual([answer.status, outputs[0]?.name, outputs[0]?.data.length], [200, 'logits', 10]);
  const metrics = await (await fetch(`${server.httpUrl}/metrics`)).text();
  assert.match(metrics, /^mindird_calls_total\{method="POST \/v2\/models\/:model\/infer",code="OK"\} 1$/m);
});

test('grpcio reflection: a client that knows only the address finds the service and infers', async () => {
  const out = await runPython('reflection_client.py', server.grpcAddress, 'digits');
  assert.ok(out.split('\n').filter((line) => line.startsWith('ok ')).length >= 9, out);
});

test('promtool: the metrics parse and follow its rules, with requests counted', async () => {
  const text = await (await fetch(`${server.httpUrl}/metrics`)).text();
  assert.match(text, /^mindird_requests_total\{[^}]*model="digits"[^}]*\} [1-9]/m);
  assert.deepEqual(runPromtool(['check', 'metrics'], text), { code: 0, text: '' });
  assert.notEqual(
    runPromtool(['check', 'metrics'], text.replace(/^# TYPE (\S+) histogram/m, '# TYPE $1 nonsense')).code,
    0,
  );
});

test('promtool: the rules for deployment are valid', () => {
  const rules = projectPath('deploy', 'docker', 'rules.yml');
  const { code, text } = runPromtool(['check', 'rules', rules]);
  assert.equal(code, 0, text);
  assert.match(text, /SUCCESS: [1-9]\d* rules found/);
});
