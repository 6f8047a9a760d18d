import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { FakeDirectory, type FakeVersion } from '../../test/support/fake-directory.ts';
import { Readiness } from '../inference/readiness.ts';
import type { RunningBuild } from '../model/served.ts';
import { FakeAddon } from '../native/fake.ts';
import { doublingModel } from '../native/fake-file.ts';
import { HttpTransport } from './http.ts';

const models = new FakeDirectory(new FakeAddon());
let build: RunningBuild | undefined;
const readiness = new Readiness(models, {
  of: (name) => (name === 'lenet' ? build : undefined),
  running: () => (build === undefined ? [] : [build]),
});
const levels = new Set(['debug', 'info']);
const failures: string[] = [];
let level = 'info';
let version: FakeVersion;
let base = '';
const http = new HttpTransport('127.0.0.1:0', {
  readiness,
  models,
  serverVersion: '1.2.3',
  metrics: async () => ({ type: 'text/plain; version=0.0.4', body: '# HELP m help\n' }),
  logLevel: () => level,
  failed: (error) => failures.push(error.message),
  setLogLevel: (wanted) => {
    if (levels.has(wanted)) level = wanted;
    return levels.has(wanted);
  },
});

before(async () => {
  version = await models.add('lenet', doublingModel([1]));
  await models.add('<b>&"bad', doublingModel([1]), { state: 'failed', reason: 'x/1: <script>alert(1)</script>' });
  await http.start();
  base = `http://${http.address}`;
});

after(() => http.stop());

async function get(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; type: string; text: string; headers: Headers }> {
  const response = await fetch(base + path, init);
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text: await response.text(),
    headers: response.headers,
  };
}

async function getJson(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { status, text, type } = await get(path, init);
  assert.equal(type, 'application/json');
  return { status, body: JSON.parse(text) as Record<string, unknown> };
}

test('http: probes', async () => {
  assert.deepEqual(await getJson('/livez'), { status: 200, body: { live: true } });
  const ready = await getJson('/readyz?verbose');
  assert.equal(ready.status, 200);
  assert.deepEqual((ready.body['models'] as object[])[1], { name: 'lenet', version: '1', state: 'ready', reason: '' });
  models.isSettled = false;
  assert.equal((await getJson('/readyz')).status, 503);
  models.isSettled = true;
});

test('http: metrics keep their content type', async () => {
  assert.deepEqual(await get('/metrics').then(({ status, type, text }) => [status, type, text]), [
    200,
    'text/plain; version=0.0.4',
    '# HELP m help\n',
  ]);
});

test('http: model reports, of the highest or a named version', async () => {
  for (const path of ['/v2/models/lenet/report', '/v2/models/lenet/versions/1/report']) {
    const { status, body } = await getJson(path);
    assert.deepEqual([status, body['label']], [200, 'lenet/1']);
  }
  const unknown = await getJson('/v2/models/nobody/report');
  assert.deepEqual([unknown.status, unknown.body['code']], [404, 'NOT_FOUND']);
  assert.equal((await getJson('/v2/models/%3Cb%3E%26%22bad/report')).status, 503);
  assert.equal((await getJson('/v2/models/%ff/report')).status, 400);
  assert.equal(version.leases, 0);
});

test('http: the log level is read and set, in JSON and in plain text', async () => {
  assert.deepEqual((await getJson('/log-level')).body, { level: 'info' });
  assert.deepEqual(await getJson('/log-level', { method: 'PUT', body: '{"level":"debug"}' }), {
    status: 200,
    body: { level: 'debug' },
  });
  assert.deepEqual((await getJson('/log-level', { method: 'POST', body: 'info\n' })).body, { level: 'info' });
  assert.match(
    String((await getJson('/log-level', { method: 'PUT', body: 'loud' })).body['error']),
    /^log level "loud": want trace/,
  );
  assert.equal((await getJson('/log-level', { method: 'PUT', body: '{"level":7}' })).status, 400);
  assert.equal((await getJson('/log-level', { method: 'PUT', body: '{' })).status, 400);
  assert.equal((await getJson('/log-level', { method: 'PUT', body: 'x'.repeat(5000) })).status, 413);
  assert.equal(level, 'info');
});

test('http: unknown paths and methods are JSON errors', async () => {
  assert.equal((await getJson('/nothing')).status, 404);
  const { status, headers } = await get('/metrics', { method: 'DELETE' });
  assert.deepEqual([status, headers.get('allow')], [405, 'GET']);
  assert.equal((await get('/livez', { method: 'HEAD' })).text, '');
});

test('http: the page shows every servable and lets no name become markup', async () => {
  version.statistics.successCount = 2;
  version.statistics.successNs = 3_000_000;
  version.statistics.computeInferNs = 2_000_000;
  const { status, type, text, headers } = await get('/');
  assert.deepEqual([status, type], [200, 'text/html; charset=utf-8']);
  assert.match(text, /<b>lenet<\/b> <small>1<\/small>/);
  assert.match(text, /1\.50 ms/);
  assert.match(text, /width:66\.67%" title="computing: 1\.00 ms"/);
  assert.match(text, /&lt;b&gt;&amp;&quot;bad/);
  assert.doesNotMatch(text, /<script/);
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
  const { body } = await getJson('/status.json');
  assert.equal((body['rows'] as object[]).length, 2);
});

test('http: the page and its JSON show how far a build is', async () => {
  build = {
    name: 'lenet',
    version: '1',
    engine: 'tensorrt',
    subgraph: 2,
    subgraphs: 3,
    fraction: 0.429,
    step: '<i>tactics',
    background: true,
    elapsedMs: 2500,
  };
  try {
    const { text } = await get('/');
    assert.match(text, /building tensorrt 42 %: subgraph 2 of 3, &lt;i&gt;tactics</);
    const rows = (await getJson('/status.json')).body['rows'] as readonly {
      readonly build?: { readonly engine: string };
    }[];
    assert.deepEqual(
      rows.map((row) => row.build?.engine),
      [undefined, 'tensorrt'],
    );
  } finally {
    build = undefined;
  }
  assert.doesNotMatch((await get('/')).text, /building/);
});

test('http: a taken address is a config error that names it', async () => {
  await assert.rejects(
    new HttpTransport(http.address, {} as never).start(),
    /^ServingError: HTTP address 127\.0\.0\.1:\d+: .*EADDRINUSE/,
  );
});

test('http: nonsense on the socket is answered and closed', async () => {
  const { port } = new URL(base);
  const text = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('\u0000\u0001nonsense\r\n\r\n'));
    let seen = '';
    socket.on('data', (chunk) => (seen += chunk.toString()));
    socket.on('close', () => resolve(seen));
  });
  assert.match(text, /^HTTP\/1\.1 400/);
});

test("http: a body cut off in the middle is the client's own affair", async () => {
  const socket = connect(Number(base.split(':').at(-1)), '127.0.0.1');
  socket.write('PUT /log-level HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"level"');
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await get('/livez')).status, 200);
  assert.deepEqual(failures, []);
});
