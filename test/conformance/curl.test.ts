// curl as people use it: JSON on the command line, bytes from a file, compression, and a body that waits for the server to want it.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { FakeServer } from '../support/fake-server.ts';
import { addServedFakes } from '../support/served-fakes.ts';
import { patienceMs } from '../support/until.ts';

const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'curl: no such program';
const folder = mkdtempSync(path.join(tmpdir(), 'mindird-curl-'));
const server = new FakeServer();

before(async () => {
  const held = await addServedFakes(server);
  held.held = false;
  await server.start();
});

after(() => {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const curl = async (target: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('curl', ['-sS', ...args, `${server.url}${target}`], { timeout: patienceMs })).stdout;

test('curl: metadata, and inference in JSON with the type that -d declares', { skip }, async () => {
  assert.equal(JSON.parse(await curl('/v2/models/double'))['name'], 'double');
  const request = '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}]}';
  const reply = JSON.parse(await curl('/v2/models/double/infer', '-d', request)) as { outputs: { data: number[] }[] };
  assert.deepEqual(reply.outputs[0]?.data, [2, 4, 6, 8]);
  assert.equal(
    await curl('/model/double:predict', '-d', '{"instances":{"x":[1,2,3,4]}}'),
    '{"instances":[{"y":[2,4,6,8]}]}',
  );
  const status = await curl('/v2/models/nobody/infer', '-d', request, '-o', '/dev/null', '-w', '%{http_code}');
  assert.equal(status, '404');
});

test('curl: a file of bytes in, a file of bytes out, compressed on the way', { skip }, async () => {
  const rows = 50_000;
  const [from, to, head] = ['in', 'out', 'head'].map((name) => path.join(folder, name)) as [string, string, string];
  writeFileSync(from, Buffer.from(new Float32Array(rows * 4).fill(1.5).buffer));
  // One row is what a body without JSON has; larger ones say their shape.
  const json = JSON.stringify({
    inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 4], parameters: { binary_data_size: rows * 16 } }],
    parameters: { binary_data_output: true },
  });
  writeFileSync(from, Buffer.concat([Buffer.from(json), readFileSync(from)]));
  const length = `Inference-Header-Content-Length: ${json.length}`;
  await curl(
    '/v2/models/double/infer',
    '--data-binary',
    `@${from}`,
    '-H',
    length,
    '-H',
    'Expect: 100-continue',
    '--compressed',
    '-D',
    head,
    '-o',
    to,
  );
  const headers = readFileSync(head, 'utf8');
  assert.match(headers, /^HTTP\/1\.1 200 OK\r$/m);
  assert.match(headers, /^content-encoding: gzip\r$/im);
  const out = readFileSync(to);
  const at = Number(/^inference-header-content-length: (\d+)\r$/im.exec(headers)?.[1]);
  assert.equal(out.length - at, rows * 16);
  assert.ok(out.subarray(at).equals(Buffer.from(new Float32Array(rows * 4).fill(3).buffer)));
});
