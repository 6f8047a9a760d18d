import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request as send } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { callEnd, stageTimes } from '../../../test/support/call-end.ts';
import { FakeDirectory, type FakeVersion } from '../../../test/support/fake-directory.ts';
import { httpOptions } from '../../../test/support/http-options.ts';
import { Readiness } from '../../inference/readiness.ts';
import { Ledger } from '../../ledger/ledger.ts';
import type { RunningBuild } from '../../model/served.ts';
import { FakeAddon } from '../../native/fake.ts';
import { doublingModel } from '../../native/fake-file.ts';
import { type HttpParts, ownRoutes } from './routes.ts';
import { HttpTransport } from './server.ts';

const models = new FakeDirectory(new FakeAddon());
let build: RunningBuild | undefined;
const builds = {
  of: (name: string) => (name === 'lenet' ? build : undefined),
  running: () => (build === undefined ? [] : [build]),
};
const readiness = new Readiness(models, builds);
readiness.open();
const ledger = new Ledger();
const levels = new Set(['debug', 'info']);
const failures: string[] = [];
const accepted: string[] = [];
let level = 'info';
let version: FakeVersion;
let base = '';
const parts: HttpParts = {
  readiness,
  models,
  ledger,
  builds: builds.running,
  serverVersion: '1.2.3',
  metrics: async (accept) => {
    accepted.push(accept);
    return { type: 'text/plain; version=0.0.4', body: [Buffer.from('# HELP m '), Buffer.from('help\n')] };
  },
  logLevel: () => level,
  setLogLevel: (wanted) => {
    if (levels.has(wanted)) level = wanted;
    return levels.has(wanted);
  },
};
const failed = (error: Error): number => failures.push(error.message);
const http = new HttpTransport(httpOptions({ hosts: ['models.example'], failed }), ownRoutes(parts));

before(async () => {
  version = await models.add('lenet', doublingModel([1]));
  await models.add('<b>&"bad', doublingModel([1]), { state: 'failed', reason: 'x/1: <script>alert(1)</script>' });
  await http.start();
  base = `http://${http.address}`;
});

after(() => http.stop());

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A request with any headers, `Host` among them, which fetch would not let through. */
function ask(
  to: string | { readonly socketPath: string },
  target: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const where = typeof to === 'string' ? { host: new URL(to).hostname, port: new URL(to).port } : to;
    const request = send(
      { ...where, path: target, method, headers: { connection: 'close', ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            text: Buffer.concat(chunks).toString(),
            headers: response.headers,
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const get = (target: string, headers: Record<string, string> = {}): Promise<Answer> => ask(base, target, { headers });

async function getJson(target: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const { status, text, type } = await get(target);
  assert.equal(type, 'application/json');
  return { status, body: JSON.parse(text) as Record<string, unknown> };
}

const json = { 'content-type': 'application/json' };
const put = (body: string, headers: Record<string, string> = json): Promise<Answer> =>
  ask(base, '/log-level', { method: 'PUT', headers, body });

test('http: probes', async () => {
  assert.deepEqual(await getJson('/livez'), { status: 200, body: { live: true } });
  const ready = await getJson('/readyz?verbose');
  assert.equal(ready.status, 200);
  assert.deepEqual((ready.body['models'] as object[])[1], { name: 'lenet', version: '1', state: 'ready', reason: '' });
  models.isSettled = false;
  assert.equal((await getJson('/readyz')).status, 503);
  models.isSettled = true;
});

test('http: metrics keep their content type, and are told what the scraper accepts', async () => {
  const { status, type, text } = await get('/metrics', { accept: 'a/b' });
  assert.deepEqual([status, type, text], [200, 'text/plain; version=0.0.4', '# HELP m help\n']);
  assert.deepEqual(accepted, ['a/b']);
});

test('http: model reports, of the highest or a named version', async () => {
  for (const target of ['/v2/models/lenet/report', '/v2/models/lenet/versions/1/report']) {
    const { status, body } = await getJson(target);
    assert.deepEqual([status, body['label']], [200, 'lenet/1']);
  }
  const unknown = await getJson('/v2/models/nobody/report');
  assert.deepEqual([unknown.status, unknown.body['code']], [404, 'NOT_FOUND']);
  assert.equal((await getJson('/v2/models/%3Cb%3E%26%22bad/report')).status, 503);
  assert.equal((await getJson('/v2/models/%ff/report')).status, 400);
  assert.equal(version.leases, 0);
});

test('http: the log level is read, and set by PUT with JSON alone', async () => {
  assert.deepEqual((await getJson('/log-level')).body, { level: 'info' });
  const set = await put('{"level":"debug"}', { 'content-type': 'application/json; charset=utf-8' });
  assert.deepEqual([set.status, JSON.parse(set.text)], [200, { level: 'debug' }]);
  assert.equal((await put('{"level":"info"}')).status, 200);
  const loud = await put('{"level":"loud"}');
  assert.match(loud.text, /log level \\"loud\\": want trace/);
  assert.equal((await put('{"level":7}')).status, 400);
  assert.equal((await put('"debug"')).status, 400);
  assert.equal((await put('{')).status, 400);
  assert.equal((await put('x'.repeat(5000))).status, 413);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])
    assert.equal((await put('{"level":"debug"}', type === '' ? {} : { 'content-type': type })).status, 415, type);
  const posted = await ask(base, '/log-level', { method: 'POST', headers: json, body: '{"level":"debug"}' });
  assert.deepEqual([posted.status, posted.headers['allow']], [405, 'GET, PUT']);
  assert.equal(level, 'info');
});

test('http: pages of other origins and names that are rebound are refused', async () => {
  const own = new URL(base).host;
  const attempts: readonly (readonly [Record<string, string>, number])[] = [
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: `http://${own}.evil.example` }, 403],
    [{ origin: 'http://127.0.0.1:1' }, 403],
    [{ host: 'evil.example', origin: 'http://evil.example' }, 421],
    [{ host: 'evil.example:5501' }, 421],
    [{ host: '127.0.0.1.evil.example' }, 421],
    [{ host: 'a b' }, 400],
  ];
  for (const [headers, status] of attempts) {
    const written = await put('{"level":"debug"}', { ...json, ...headers });
    assert.equal(written.status, status, JSON.stringify(headers));
    assert.equal((JSON.parse(written.text) as { code: string }).code, 'INVALID_ARGUMENT');
    for (const target of ['/', '/status.json', '/slo', '/log-level', '/v2/models/lenet/report'])
      assert.equal((await get(target, headers)).status, status, `${target} ${JSON.stringify(headers)}`);
  }
  assert.equal(level, 'info');
  assert.equal((await get('/metrics', { host: 'gpu1.example.com' })).status, 200);
  assert.equal((await get('/livez', { host: 'gpu1.example.com' })).status, 200);
});

test('http: the names of this server may be used, with its own origin', async () => {
  const hosts = [
    '127.0.0.1',
    '10.1.2.3:5501',
    '[::1]:5501',
    'localhost:1',
    'mindird',
    'mindird.ns.svc:80',
    'models.example',
    'MODELS.example:80',
  ];
  for (const host of hosts) {
    assert.equal((await get('/status.json', { host })).status, 200, host);
    assert.equal((await put('{"level":"info"}', { ...json, host, origin: `http://${host}` })).status, 200, host);
  }
});

test('http: with an admin address only that one takes what writes', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-admin-'));
  const socketPath = path.join(folder, 'admin.sock');
  const guarded = new HttpTransport(httpOptions({ admin: `unix:${socketPath}` }), ownRoutes(parts));
  try {
    await guarded.start();
    assert.equal(guarded.adminAddress, `unix:${socketPath}`);
    const sent = { method: 'PUT', headers: json, body: '{"level":"debug"}' };
    const refused = await ask(`http://${guarded.address}`, '/log-level', sent);
    assert.deepEqual([refused.status, level], [403, 'info']);
    assert.match(refused.text, /server\.admin/);
    assert.equal((await ask(`http://${guarded.address}`, '/log-level')).status, 200);
    const taken = await ask({ socketPath }, '/log-level', { ...sent, headers: { ...json, host: 'localhost' } });
    assert.deepEqual([taken.status, level], [200, 'debug']);
  } finally {
    level = 'info';
    await guarded.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  assert.equal(existsSync(socketPath), false);
});

test('http: an admin address that is taken leaves nothing bound', async () => {
  const other = new HttpTransport(httpOptions({ address: '127.0.0.1:0', admin: http.address }), ownRoutes(parts));
  await assert.rejects(other.start(), /EADDRINUSE/);
  await assert.rejects(ask(`http://${other.address}`, '/livez'), /ECONNREFUSED/);
});

test('http: unknown paths and methods are JSON errors', async () => {
  assert.equal((await getJson('/nothing')).status, 404);
  const { status, headers } = await ask(base, '/metrics', { method: 'DELETE' });
  assert.deepEqual([status, headers['allow']], [405, 'GET']);
  assert.equal((await ask(base, '/livez', { method: 'HEAD' })).text, '');
});

test('http: objectives, what is left of their budgets, and how fast it burns', async () => {
  const now = performance.now();
  ledger.known('lenet', { latency: 10, objective: 0.9, window: 86_400_000 }, now);
  ledger.known('plain', { latency: null, objective: 0.9, window: 86_400_000 }, now);
  const account = ledger.open('lenet', '1');
  for (let i = 0; i < 95; i++)
    ledger.end(callEnd({ servable: 'lenet', version: '1', times: stageTimes(1e6), rows: 1, endedAt: now }));
  for (let i = 0; i < 5; i++) ledger.end(callEnd({ servable: 'lenet', code: 'NOT_READY', endedAt: now }));
  try {
    const { body } = await getJson('/slo');
    const { observed_seconds: observed, ...slo } = (body['servables'] as { observed_seconds: number }[])[0] ?? {
      observed_seconds: -1,
    };
    assert.ok(observed >= 0);
    assert.deepEqual(slo, {
      name: 'lenet',
      latency_ms: 10,
      objective: 0.9,
      window_seconds: 86_400,
      total: 100,
      good: 95,
      good_ratio: 0.95,
      remaining_budget: 0.5,
      burn_rates: { '5m': 0.5, '30m': 0.5, '1h': 0.5, '6h': 0.5, '3d': 0.5 },
    });
    assert.equal((body['servables'] as object[]).length, 1);
    const status = (await getJson('/status.json')).body as unknown as {
      servables: {
        name: string;
        refused: number;
        versions: { state: string; recent: { requests: number; p50_ms: number } | null }[];
      }[];
      slowest: object[];
    };
    const lenet = status.servables.find(({ name }) => name === 'lenet');
    assert.equal(lenet?.refused, 5);
    assert.equal(lenet?.versions[0]?.recent?.requests, 95);
    assert.ok(Math.abs((lenet?.versions[0]?.recent?.p50_ms ?? 0) - 1) < 0.1);
    assert.equal(status.slowest.length, 8);
  } finally {
    ledger.close(account);
    for (const name of ['lenet', 'plain']) ledger.forgotten(name);
  }
});

/** Every name in a JSON value. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)]);
}

test('http: names in JSON are in snake_case', async () => {
  for (const target of ['/readyz', '/status.json', '/slo', '/log-level', '/nothing'])
    for (const name of namesIn((await getJson(target)).body)) assert.match(name, /^[a-z0-9_]+$/, `${target}: ${name}`);
});

test('http: the page is one document that lets nothing else run', async () => {
  const { status, type, text, headers } = await get('/');
  assert.deepEqual([status, type], [200, 'text/html; charset=utf-8']);
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self';/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.doesNotMatch(text, /\b(?:src|href)="(?:https?:)?\/\//);
  assert.doesNotMatch(text, /lenet/);
});

test('http: the figures show how far a build is', async () => {
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
    const { body } = await getJson('/status.json');
    const detail = {
      engine: 'tensorrt',
      subgraph: 2,
      subgraphs: 3,
      fraction: 0.429,
      step: '<i>tactics',
      elapsed_seconds: 2.5,
      background: true,
    };
    assert.deepEqual(body['builds'], [{ name: 'lenet', version: '1', ...detail }]);
    const servables = body['servables'] as { name: string; versions: { build?: object }[] }[];
    assert.deepEqual(servables.find(({ name }) => name === 'lenet')?.versions[0]?.build, detail);
  } finally {
    build = undefined;
  }
});

test('http: a taken address is a config error that names it', async () => {
  await assert.rejects(
    new HttpTransport(httpOptions({ address: http.address, admin: null }), ownRoutes(parts)).start(),
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
  socket.write(
    'PUT /log-level HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"level"',
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await get('/livez')).status, 200);
  assert.deepEqual(failures, []);
});

test('http: whatever is asked, it is answered, and nothing but a whole PUT changes anything', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '',
      '/',
      '/v2/models/',
      'lenet',
      '/versions/',
      '1',
      '/report',
      '/log-level',
      '/status.json',
      '/slo',
      '/metrics',
      '%',
      '%00',
      '?',
      '..',
    ),
    fc.stringMatching(/^[!-~]{0,12}$/),
  );
  const headerValue = fc.stringMatching(/^[ -~]{0,40}$/);
  const headers = fc.dictionary(
    fc.constantFrom('origin', 'accept', 'content-type', 'host', 'x-forwarded-host', 'range'),
    headerValue,
  );
  const method = fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH');
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 6 }),
      method,
      headers,
      fc.string({ maxLength: 200 }),
      async (target, verb, sent, body) => {
        const answer = await ask(base, `/${target.join('')}`, {
          method: verb,
          headers: sent,
          ...(verb === 'GET' || verb === 'HEAD' ? {} : { body }),
        });
        assert.ok(
          [200, 400, 403, 404, 405, 413, 415, 421, 503].includes(answer.status),
          `${answer.status} ${answer.text}`,
        );
      },
    ),
    { numRuns: 300 },
  );
  assert.deepEqual([level, failures, version.leases], ['info', [], 0]);
});
