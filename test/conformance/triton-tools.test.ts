// Triton's clients and tools, unmodified, on a repository of Triton's kind: tritonclient.grpc and grpc.aio, perf_analyzer (over gRPC, on
// streams, with shared memory, over HTTP), grpcurl and grpc_health_probe. `npm test` makes them where it can; what is missing is said.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, ServerProcess, Workplace } from '../support/server-process.ts';
import { patienceMs } from '../support/until.ts';

const ownPython = process.env['MINDIRD_CLIENT_PYTHON'] ?? projectPath('build', 'venv', 'bin', 'python');
const venv = process.env['MINDIRD_TRITON_VENV'] ?? projectPath('build', 'triton-venv');
const goBin = process.env['MINDIRD_GO_BIN'] ?? projectPath('build', 'deps', 'go', 'bin');

/** Why a program cannot be run; false where it can. */
const missing = (file: string, how: string): string | false =>
  existsSync(file) ? false : `${file}: there is none, ${how}`;
const noGo = (name: string): string | false =>
  missing(path.join(goBin, name), 'npm test builds it where there is a Go tool chain');

const analyzer = path.join(venv, 'bin', 'perf_analyzer');
const libraries = [
  projectPath('build', 'deps', 'libb64', 'usr', 'lib', `${process.arch === 'x64' ? 'x86_64' : process.arch}-linux-gnu`),
  ...['3.10', '3.11', '3.12', '3.13'].map((version) =>
    path.join(venv, 'lib', `python${version}`, 'site-packages', 'nvidia', 'cuda_runtime', 'lib'),
  ),
  process.env['LD_LIBRARY_PATH'] ?? '',
].join(':');
const noAnalyzer =
  missing(analyzer, 'npm test makes it with tritonclient 2.50.0') ||
  missing(libraries.split(':')[0] ?? '', 'npm test unpacks libb64-0d where apt-get has it');

/** A repository of Triton's: its own file, and nothing of ours. */
const config = `
name: "digits"
max_batch_size: 8
input [ { name: "image" data_type: TYPE_FP32 dims: [ 1, 32, 32 ] } ]
output [ { name: "logits" data_type: TYPE_FP32 dims: [ 10 ] } ]
dynamic_batching { max_queue_delay_microseconds: 100 }
instance_group [ { count: 1 kind: KIND_CPU } ]
version_policy { latest { num_versions: 1 } }
`;

let place: Workplace;
let server: ServerProcess;

before(async () => {
  place = new Workplace();
  place.put('servables/digits/config.pbtxt', config);
  const file = 'model.mindir';
  cpSync(projectPath('servables', 'digits', '1', 'model.mindir'), path.join(place.repository, 'digits', '1', file));
  server = await ServerProcess.start(place, {
    environment: {
      MINDIRD_ADDON: nativeAddon,
      MINDIRD_REPOSITORY_CONTROL: 'explicit',
      MINDIRD_SHARED_MEMORY_SYSTEM: 'on',
    },
  });
});

after(async () => {
  await server?.close();
  place.close();
});

const run = async (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const { stdout, stderr } = await promisify(execFile)(program, [...args], {
    timeout: patienceMs,
    env: { ...process.env, ...env },
  });
  return stdout + stderr;
};

for (const [version, python] of [
  ['2.73.0', ownPython],
  ['2.50.0', path.join(venv, 'bin', 'python')],
] as const)
  for (const kind of ['sync', 'aio'])
    test(`tritonclient ${version} (${kind}): repository by call, streams, shared memory, settings, refusals`, async () => {
      assert.ok(existsSync(python), `${python}: there is none, npm test makes it`);
      const script = projectPath('test', 'conformance', 'triton_extensions_client.py');
      assert.match(await run(python, [script, server.grpcAddress, kind, 'digits']), /^30 checks passed$/m);
    });

test('docs/TRITON.md has every method of the clients', async () => {
  const list = `import inspect, tritonclient.grpc as a, tritonclient.grpc.aio as b
for c in (a, b):
    print(*[n for n, _ in inspect.getmembers(c.InferenceServerClient, inspect.isfunction) if n[0] != "_"])`;
  const names = (await run(path.join(venv, 'bin', 'python'), ['-c', list])).trim().split(/\s+/);
  const document = readFileSync(projectPath('docs', 'TRITON.md'), 'utf8');
  assert.ok(names.length > 40);
  assert.deepEqual(
    names.filter((name) => !document.includes(`\`${name}\``)),
    [],
  );
});

test('perf_analyzer: unary calls and streams, tensors in messages and in shared memory', {
  skip: noAnalyzer,
}, async () => {
  await server.client().call('inference.RepositoryModelLoad', { model_name: 'digits' });
  const common = [
    '-m',
    'digits',
    '-i',
    'grpc',
    '-u',
    server.grpcAddress,
    '--concurrency-range',
    '2',
    '--request-count',
    '60',
  ];
  for (const more of [
    [],
    ['-b', '4'],
    ['--streaming', '--async'],
    ['--shared-memory=system', '--output-shared-memory-size=4096'],
  ]) {
    const out = await run(analyzer, [...common, ...more], { LD_LIBRARY_PATH: libraries });
    assert.match(out, /Successful request count: [1-9]/, out);
    assert.doesNotMatch(out, /Unable to|[Ff]ailed/, out);
  }
});

test('perf_analyzer: over HTTP, one after the other, several at a time, and in shared memory', {
  skip: noAnalyzer,
}, async () => {
  await server.client().call('inference.RepositoryModelLoad', { model_name: 'digits' });
  const where = ['-m', 'digits', '-i', 'http', '-u', new URL(server.httpUrl).host, '--request-count', '60'];
  for (const more of [
    [],
    ['--async', '--concurrency-range', '2', '-b', '4'],
    ['--shared-memory=system', '--output-shared-memory-size=4096'],
  ]) {
    const out = await run(analyzer, [...where, ...more], { LD_LIBRARY_PATH: libraries });
    assert.match(out, /Successful request count: [1-9]/, out);
    assert.doesNotMatch(out, /Unable to|[Ff]ailed/, out);
  }
});

test('grpcurl: finds the calls by reflection, and makes some', { skip: noGo('grpcurl') }, async () => {
  const service = 'inference.GRPCInferenceService';
  const grpcurl = (...args: readonly string[]): Promise<string> =>
    run(path.join(goBin, 'grpcurl'), ['-plaintext', ...args]);
  const call = async (method: string, request: object): Promise<unknown> =>
    JSON.parse(await grpcurl('-d', JSON.stringify(request), server.grpcAddress, `${service}/${method}`));
  assert.match(await grpcurl(server.grpcAddress, 'list'), new RegExp(`^${service}$`, 'm'));
  assert.match(
    await grpcurl(server.grpcAddress, 'describe', service),
    /rpc ModelStreamInfer \( stream \.inference\.ModelInferRequest \)/,
  );
  await call('RepositoryModelLoad', { model_name: 'digits' });
  const inputs = [
    { name: 'image', datatype: 'FP32', shape: [1, 1, 32, 32], contents: { fp32_contents: new Array(1024).fill(0) } },
  ];
  const request = { model_name: 'digits', inputs, parameters: { typed_output: { bool_param: true } } };
  const reply = (await call('ModelInfer', request)) as { outputs: { contents: { fp32_contents: number[] } }[] };
  assert.equal(reply.outputs[0]?.contents.fp32_contents.length, 10);
  const streamed = (await call('ModelStreamInfer', request)) as { infer_response: { model_name: string } };
  assert.equal(streamed.infer_response.model_name, 'digits');
});

test('grpc_health_probe: the server, a servable, and one that is not there', {
  skip: noGo('grpc-health-probe'),
}, async () => {
  await server.client().call('inference.RepositoryModelLoad', { model_name: 'digits' });
  const probe = (...more: readonly string[]): Promise<string> =>
    run(path.join(goBin, 'grpc-health-probe'), ['-addr', server.grpcAddress, ...more]);
  assert.match(await probe(), /SERVING/);
  assert.match(await probe('-service', 'digits'), /SERVING/);
  await assert.rejects(probe('-service', 'nobody'), /NotFound/);
});
