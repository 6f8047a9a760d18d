// The real process from start to stop, and what keeps it from starting.

import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { double, program, runToEnd, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

let place: Workplace;
let server: ServerProcess | undefined;
beforeEach(() => {
  place = new Workplace();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  place.close();
});

test('serve: start, infer, probes, metrics, stop', async () => {
  place.model('m', 1);
  server = await ServerProcess.start(place);
  assert.match(
    server.readyLine,
    /^mindird \d+\.\d+\.\d+ ready: grpc 127\.0\.0\.1:\d+, http 127\.0\.0\.1:\d+, 1 model version\n$/,
  );
  assert.deepEqual(await double(server.client(), 'm', [1, 2, 3, 4]), { version: '1', values: [2, 4, 6, 8] });
  assert.equal((await fetch(`${server.httpUrl}/livez`)).status, 200);
  assert.equal((await fetch(`${server.httpUrl}/readyz`)).status, 200);
  const metrics = await (await fetch(`${server.httpUrl}/metrics`)).text();
  assert.match(metrics, /^mindird_requests_total\{model="m",version="1",code="OK"\} 1$/m);
  assert.match(metrics, /^mindird_request_duration_seconds_count\{model="m",version="1"\} 1$/m);
  assert.match(metrics, /^mindird_model_state\{model="m",version="1",state="ready"\} 1$/m);
  assert.match(metrics, /^mindird_connections 1$/m);
  const report = (await (await fetch(`${server.httpUrl}/v2/models/m/report`)).json()) as {
    readonly model: string;
    readonly native: { readonly label: string };
  };
  assert.equal(report.model, 'm');
  assert.doesNotMatch(JSON.stringify(report), /mindird-e2e|\/tmp\//, 'the report tells where the repository lies');
  const { servables } = (await (await fetch(`${server.httpUrl}/status.json`)).json()) as {
    readonly servables: readonly {
      readonly name: string;
      readonly versions: readonly { readonly requests: number }[];
    }[];
  };
  assert.deepEqual([servables[0]?.name, servables[0]?.versions[0]?.requests], ['m', 1]);
  assert.equal(report.native.label, 'm/1');
  server.signal('SIGTERM');
  assert.equal(await server.exited(), 0);
  assert.deepEqual(
    server.lines.map((line) => line['event']),
    [
      'engine.chosen',
      'server.started',
      'model.loading',
      'fake.loaded',
      'model.ready',
      'server.draining',
      'model.draining',
      'model.unloaded',
      'server.stopped',
    ],
  );
});

test('serve: it runs from any folder and through symbolic links', async () => {
  place.model('m', 1);
  const link = path.join(place.folder, 'link');
  symlinkSync(program, link);
  server = await ServerProcess.start(place, { command: link, cwd: '/' });
  server.signal('SIGINT');
  assert.equal(await server.exited(), 0);
});

test('serve: several addresses, a unix socket among them', async () => {
  place.model('m', 1);
  const socket = `unix:${place.folder}/s`;
  server = await ServerProcess.start(place, { args: ['--grpc', socket] });
  assert.match(server.readyLine, /grpc 127\.0\.0\.1:\d+, unix:.*\/s, http/);
});

test('serve: the log level can be set while it runs', async () => {
  server = await ServerProcess.start(place, { args: ['--log-level', 'warn'] });
  assert.equal(server.lines.length, 0);
  const put = (level: string): Promise<Response> =>
    fetch(`${server?.httpUrl}/log-level`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ level }),
    });
  const reply = await put('debug');
  assert.equal(reply.status, 200);
  await until(() => server?.logged('log.level').length === 1, 'the log line');
  assert.equal((await put('loud')).status, 400);
});

test('serve: one broken servable does not stop the others', async () => {
  place.model('good', 1);
  place.model('odd', 1, {
    loadError: { code: 'UNSUPPORTED', message: 'model.mindir: node "Default/x" (Odd): no such operator' },
  });
  place.put('servables/cut/1/model.mindir', '{"inputs": [');
  place.put('servables/wrong/servable_config.yaml', 'batching:\n  max_bacth: 2\n');
  place.put('servables/wrong/1/model.mindir', '{}');
  place.put('servables/empty/readme', '');
  server = await ServerProcess.start(place);
  assert.match(server.readyLine, /1 model version \(3 failed\)/);
  assert.deepEqual((await double(server.client(), 'good', [1, 1])).values, [2, 2]);
  const ready = (await (await fetch(`${server.httpUrl}/readyz`)).json()) as {
    readonly models: readonly { readonly name: string; readonly reason: string }[];
  };
  const reasons = Object.fromEntries(ready.models.map(({ name, reason }) => [name, reason]));
  assert.equal(reasons['odd'], 'odd/1: model.mindir: node "Default/x" (Odd): no such operator');
  assert.match(
    reasons['wrong'] ?? '',
    /servable_config\.yaml:2: batching\.max_bacth: unknown key, the nearest known one is batching\.max_batch/,
  );
  assert.match(reasons['cut'] ?? '', /not a model/);
  await assert.rejects(double(server.client(), 'odd', [1, 1]), /no such operator/);
  assert.deepEqual(
    server
      .logged('model.failed')
      .map((line) => line['model'])
      .sort(),
    ['cut', 'odd', 'wrong'],
  );
});

test('serve: a cache that cannot be written is a warning', async () => {
  place.model('m', 1);
  const file = place.put('file', '');
  server = await ServerProcess.start(place, { args: ['--cache', file] });
  assert.equal(server.logged('cache.off')[0]?.['error'], 'not a folder');
  assert.deepEqual((await double(server.client(), 'm', [1, 2])).values, [2, 4]);
});

test('serve: a wrong configuration ends it with 78 and the place', () => {
  const file = place.put('mindird.yaml', 'server:\n  grpc: 127.0.0.1:0\n  htpp: 127.0.0.1:0\n');
  const { code, err } = runToEnd(['serve', '--config', file]);
  assert.equal(code, 78);
  assert.equal(err, `mindird: ${file}:3: server.htpp: unknown key, the nearest known one is server.http\n`);
});

test('serve: a missing repository, a wrong flag, an engine that is not there', () => {
  const missing = runToEnd(['serve', '--repository', '/nonexistent', '--log-level', 'error']);
  assert.deepEqual([missing.code, missing.err], [78, 'mindird: repository /nonexistent: no such file or folder\n']);
  const flag = runToEnd(['serve', '--precision', 'int8']);
  assert.deepEqual(
    [flag.code, flag.err],
    [2, 'mindird: command line: --precision: found "int8", want one of origin, fp32, fp16, bf16\n'],
  );
  const unknown = runToEnd(['serve', '--nonsense']);
  assert.equal(unknown.code, 2);
  const engine = runToEnd(['serve', '--repository', place.repository, '--engine', 'tensorrt', '--log-level', 'error']);
  assert.deepEqual(
    [engine.code, engine.err],
    [78, 'mindird: engine.use is tensorrt, but it is not available: tensorrt (libnvinfer.so is not installed)\n'],
  );
});

test('serve: an address in use ends it with 78', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { readonly port: number };
  const { code, err } = runToEnd([
    'serve',
    '--repository',
    place.repository,
    '--grpc',
    `127.0.0.1:${port}`,
    '--http',
    '127.0.0.1:0',
    '--log-level',
    'error',
  ]);
  other.close();
  assert.equal(code, 78);
  assert.match(err, new RegExp(`gRPC address 127\\.0\\.0\\.1:${port}: `));
});

test('serve: an addon that is not built is an error with the next step', () => {
  const { code, err } = runToEnd(['serve', '--repository', place.repository], { MINDIRD_ADDON: '/none/mindird.node' });
  assert.deepEqual([code, err], [1, 'mindird: /none/mindird.node: there is no native addon, run "npm run build"\n']);
});

test('check: problems with their places and 78, 0 when all is well', () => {
  place.model('m', 1);
  assert.equal(runToEnd(['check', '--repository', place.repository]).code, 0);
  const file = place.put('servables/m/servable_config.yaml', '\nslo: {latncy: 1ms}\n');
  const { code, out } = runToEnd(['check', '--repository', place.repository]);
  assert.equal(code, 78);
  assert.match(out, new RegExp(`^${file}:2: slo\\.latncy: unknown key, the nearest known one is slo\\.latency\n`));
  const json = JSON.parse(runToEnd(['check', '--repository', place.repository, '--json']).out) as {
    readonly ok: boolean;
    readonly problems: readonly { readonly line: number }[];
  };
  assert.equal(json.ok, false);
  assert.equal(json.problems[0]?.line, 2);
});

test('engines: the list names what is missing and why', () => {
  const { code, out } = runToEnd(['engines']);
  assert.equal(code, 0);
  assert.match(out, /^cpu +available/m);
  assert.match(out, /^tensorrt +not available: libnvinfer\.so is not installed$/m);
  const json = JSON.parse(runToEnd(['engines', '--json']).out) as {
    readonly engines: readonly { readonly name: string }[];
  };
  assert.deepEqual(
    json.engines.map(({ name }) => name),
    ['cpu', 'reference', 'tensorrt'],
  );
});
