// The status page in a real browser, headless: what it draws of what the server knows, and that nothing of it is refused or loaded
// from elsewhere.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Readiness } from '../../server/inference/readiness.ts';
import { Ledger } from '../../server/ledger/ledger.ts';
import type { RunningBuild } from '../../server/model/served.ts';
import { FakeAddon } from '../../server/native/fake.ts';
import { doublingModel } from '../../server/native/fake-file.ts';
import { ownRoutes } from '../../server/transport/http/routes.ts';
import { HttpTransport } from '../../server/transport/http/server.ts';
import { callEnd, stageTimes } from '../support/call-end.ts';
import { FakeDirectory } from '../support/fake-directory.ts';
import { httpOptions } from '../support/http-options.ts';

const chromium = process.env['MINDIRD_CHROMIUM'] ?? '';
const why = process.env['MINDIRD_NO_CHROMIUM'] ?? 'MINDIRD_CHROMIUM names no browser';
const options = chromium === '' ? { skip: `no browser: ${why}` } : {};

const plan = (rows: number): object => ({
  rows,
  partitions: [
    {
      engine: 'tensorrt',
      nodes: 2,
      build_us: 250_000,
      cache: { result: 'miss' },
      precision: { used: 'fp16' },
      steps: ['<b>step'],
    },
    { engine: 'cpu', nodes: 1, cache: { result: 'hit' }, fallback: { from: 'tensorrt', why: 'out of memory' } },
  ],
  nodes: [
    { node: 'Default/conv1', op: 'Conv', engine: 'tensorrt', refused: [] },
    { node: 'Default/odd', op: 'Odd', engine: 'cpu', refused: [{ engine: 'tensorrt', why: 'no such layer' }] },
  ],
});

const build: RunningBuild = {
  name: 'm',
  version: '2',
  engine: 'tensorrt',
  subgraph: 2,
  subgraphs: 3,
  fraction: 0.429,
  step: '<i>tactics',
  background: false,
  elapsedMs: 2500,
};

let http: HttpTransport;
let folder = '';

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'mindird-page-'));
  const models = new FakeDirectory(new FakeAddon());
  const ledger = new Ledger();
  const now = performance.now();
  ledger.known('m', { latency: 10, objective: 0.9, window: 2_592_000_000 }, now);
  ledger.known('idle', { latency: null, objective: 0.9, window: 2_592_000_000 }, now);
  const first = await models.add('m', doublingModel([1]));
  const memory = { constants: 2_000_000, packed: 0, arenas: 500_000, kernels: 300_000, device: 0 };
  Object.assign(first, { report: () => ({ memory, native: { plans: [{ plan: plan(1) }, { plan: plan(8) }] } }) });
  await models.add('m', doublingModel([1]), { version: '2', state: 'loading' });
  await models.add('<img src=x onerror=alert(1)>', doublingModel([1]), {
    state: 'failed',
    reason: 'x/1: <script>alert(1)</script>',
  });
  ledger.open('m', '1');
  for (let i = 0; i < 95; i++)
    ledger.end(callEnd({ servable: 'm', version: '1', times: stageTimes(4e6), totalNs: 4e6, rows: 1, endedAt: now }));
  for (let i = 0; i < 5; i++) ledger.end(callEnd({ servable: 'm', code: 'NOT_READY', endedAt: now }));
  const slow = { servable: 'm', version: '1', times: stageTimes(123e6), totalNs: 123e6, rows: 1, endedAt: now };
  ledger.end(
    callEnd({
      ...slow,
      requestId: '<u>id',
      parent: { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), sampled: true },
    }),
  );
  const running = (): readonly RunningBuild[] => [build];
  const readiness = new Readiness(models, {
    of: (name, version) => (name === 'm' && version === '2' ? build : undefined),
    running,
  });
  readiness.open();
  http = new HttpTransport(
    httpOptions(),
    ownRoutes({
      readiness,
      models,
      ledger,
      builds: running,
      serverVersion: '1.2.3',
      metrics: async () => ({ type: 'text/plain', body: [] }),
      logLevel: () => 'info',
      setLogLevel: () => true,
    }),
  );
  await http.start();
});

after(async () => {
  await http.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The document after its script has run, and what the browser had to say. */
async function render(target: string): Promise<{ dom: string; console: string }> {
  const child = spawn(chromium, [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--enable-logging=stderr',
    '--virtual-time-budget=5000',
    `--user-data-dir=${path.join(folder, 'profile')}`,
    '--dump-dom',
    `http://${http.address}${target}`,
  ]);
  let [dom, log] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (dom += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  assert.equal(code, 0, log);
  const lines = log.split('\n').filter((line) => line.includes('CONSOLE'));
  return { dom, console: lines.join('\n') };
}

/** The text of what an element with this id holds. */
function textOf(dom: string, id: string): string {
  const [, rest = ''] = dom.split(`id="${id}"`);
  return rest
    .slice(rest.indexOf('>') + 1)
    .replaceAll(/<(?:script|style)[\s\S]*?<\/(?:script|style)>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll(/\s+/g, ' ');
}

test('status page: draws servables, percentiles, budgets, builds and the slowest requests', options, async () => {
  const { dom, console } = await render('/');
  assert.equal(console, '');
  const head = textOf(dom, 'head');
  assert.match(head, /mindird loading version 1\.2\.3|mindird ready version 1\.2\.3/);
  const text = textOf(dom, 'main');
  assert.match(text, /90 % within 10\.0 ms over 30 d/);
  assert.match(text, /4[01] % of the budget left/);
  assert.match(text, /5m 0\.6 ×/);
  assert.match(text, /p50 [34]\.\d+ ms p90 4\.\d+ ms p99 1\d\d ms/);
  assert.match(text, /compute [\d.]+ ms/);
  assert.match(text, /5 refused/);
  assert.match(text, /2 loading building tensorrt 42 %: subgraph 2 of 3, <i>tactics/);
  assert.match(text, /In progress loading m\/2 m\/2/);
  assert.match(text, /idle no version/);
  assert.match(text, /failed x\/1: <script>alert\(1\)<\/script>/);
  assert.doesNotMatch(dom, /<img|<script>alert/);
  const slowest = textOf(dom, 'slow');
  assert.match(slowest, /Slowest requests of the last 5 minutes .*123 ms m\/1 OK .*ago <u>id · (?:ab){16}/);
  assert.match(dom, /<svg[^>]*aria-label="p50 [^"]+, p90 [^"]+, p99 [^"]+"/);
});

test(
  'status page: a version is drawn with its partitions, every node and why no other engine took it',
  options,
  async () => {
    const { dom, console } = await render(`/#${encodeURIComponent('m/1')}`);
    assert.equal(console, '');
    const text = textOf(dom, 'picture');
    assert.match(
      text,
      /Plans of m\/1 2\.7 MiB in memory: constants 1\.9 MiB, arenas 0\.5 MiB, kernels 0\.3 MiB batch of 1 batch of 8 tensorrt: 1 nodes cpu: 1 nodes/,
    );
    assert.match(
      text,
      /tensorrt 2 nodes, built in 250 ms, precision fp16 <b>step → cpu 1 nodes, from the cache tensorrt: out of memory/,
    );
    assert.match(text, /refused by nodes operators why tensorrt 1 Odd no such layer/);
    assert.match(dom, /aria-label="Odd Default\/odd: cpu"/);
  },
);
