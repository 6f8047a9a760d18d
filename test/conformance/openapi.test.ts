// The description of the HTTP port, and schemathesis, which makes requests of it that hold to it and such that do not. Its Python is
// MINDIRD_CLIENT_PYTHON, or build/venv/bin/python, which `npm test` makes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type HttpParts, ownRoutes } from '../../server/transport/http/routes.ts';
import { projectPath } from '../../server/util/root.ts';
import { FakeServer } from '../support/fake-server.ts';
import { addServedFakes } from '../support/served-fakes.ts';
import { patienceMs } from '../support/until.ts';

const python = process.env['MINDIRD_CLIENT_PYTHON'] ?? projectPath('build', 'venv', 'bin', 'python');

/** Requests made for an operation in each phase, and the operations; all of them take a quarter of a minute. */
const examples = 3;
const operations = '^/v2/(models/\\{model\\}/infer|repository/index)$';

interface Operation {
  readonly summary: string;
  readonly parameters: { readonly name: string; schema: object }[];
}

interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const folder = mkdtempSync(path.join(tmpdir(), 'mindird-openapi-'));
const server = new FakeServer();
let description: Description;

before(async () => {
  const held = await addServedFakes(server);
  held.held = false;
  await server.start();
  description = (await (await fetch(`${server.url}/openapi.json`)).json()) as Description;
});

after(() => {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('openapi: every route is in it, with words, its segments as parameters, and itself', () => {
  const routes = server.protocols.all.flatMap(({ routes: listed }) => listed ?? []);
  assert.ok(routes.length > 20);
  for (const { method, path: asked } of routes) {
    const segments = [...asked.matchAll(/:(\w+)/g)].map(([, name]) => name);
    const operation = description.paths[asked.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    assert.ok((operation?.summary ?? '') !== '', `${method} ${asked}`);
    assert.deepEqual(
      operation?.parameters.map(({ name }) => name),
      segments,
    );
  }
  assert.ok(description.paths['/openapi.json']?.['get'] !== undefined);
  for (const { path: own, summary } of ownRoutes({ versions: {} } as unknown as HttpParts))
    assert.ok((summary ?? '') !== '', own);
});

test('openapi: what a request may say beside its tensors', () => {
  const text = JSON.stringify(description.paths['/v2/models/{model}/infer']?.['post']);
  for (const name of ['method', 'mindird_sticky', 'timeout', 'priority', 'binary_data_size', 'shared_memory_region'])
    assert.ok(text.includes(`"${name}":{`), name);
});

test('schemathesis: answers are what the description says, whatever is asked', async () => {
  assert.ok(existsSync(python), `${python}: no Python with schemathesis; npm test makes one`);
  // Names that are there, so that most requests get beyond them.
  for (const methods of Object.values(description.paths))
    for (const { parameters } of Object.values(methods))
      for (const parameter of parameters) {
        if (parameter.name === 'model') parameter.schema = { enum: ['double', 'all', 'fixed', 'broken', 'nobody'] };
        if (parameter.name === 'version') parameter.schema = { enum: ['1', '2', '9'] };
      }
  const file = path.join(folder, 'openapi.json');
  const settings = path.join(folder, 'schemathesis.toml');
  writeFileSync(file, JSON.stringify(description));
  // What this server does not do is 501, what is not ready 503: answers, not faults.
  writeFileSync(
    settings,
    '[checks.not_a_server_error]\nexpected-statuses = [200, 400, 404, 405, 413, 415, 422, 501, 503]\n',
  );
  const checks = [
    'not_a_server_error',
    'status_code_conformance',
    'content_type_conformance',
    'response_schema_conformance',
    'negative_data_rejection',
  ];
  const { stdout } = await promisify(execFile)(
    path.join(path.dirname(python), 'schemathesis'),
    [
      ...['--config-file', settings, 'run', file, '--url', server.url, '--seed', '1', '--no-color'],
      ...['--phases', 'examples,coverage,fuzzing', '--max-examples', String(examples), '--checks', checks.join(',')],
      ...['--generation-database', 'none', '--include-path-regex', operations],
    ],
    { timeout: patienceMs, maxBuffer: 2 ** 26, cwd: folder },
  ).catch((caught: { stdout?: string }) => ({ stdout: `FAILED\n${caught.stdout ?? String(caught)}` }));
  assert.doesNotMatch(stdout, /^FAILED/);
  assert.match(stdout, /[1-9]\d+ generated, [1-9]\d+ passed/);
  assert.deepEqual(server.bugs, []);
  assert.ok(server.ends.length > 50, `${server.ends.length} calls`);
});
