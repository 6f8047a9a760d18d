// What package.json names is all that a server needs: the launcher, the bundle, the protocols' files. No npm package, no test's fake.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { ReflectionClient } from '../support/reflection-client.ts';
import { double, ServerProcess, Workplace } from '../support/server-process.ts';

const servables = 20;
/** Where Node's own executable is, so that the launcher's choices can be told apart. */
const environment = { MINDIRD_NODE: process.execPath };

describe('an installation', () => {
  const place = new Workplace();
  const root = place.path('opt');
  const program = path.join(root, 'bin/mindird');
  let server: ServerProcess;

  before(async () => {
    const { files } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as {
      readonly files: readonly string[];
    };
    for (const file of [...files, 'package.json'])
      cpSync(projectPath(file), path.join(root, file), { recursive: true });
    for (let i = 0; i < servables; i++) place.model(`m${i}`, 1);
    const flags = { MINDIRD_NODE_FLAGS: '--max-semi-space-size=3 --stack-trace-limit=20' };
    server = await ServerProcess.start(place, { command: program, environment: { ...environment, ...flags } });
  });

  after(async () => {
    await server?.close();
    place.close();
  });

  it('serves: models, health, metadata, reflection, HTTP, and a look from a thread', async () => {
    assert.match(server.readyLine, new RegExp(`${servables} model versions\n`));
    const client = server.client();
    assert.deepEqual((await double(client, 'm3', [1, 2])).values, [2, 4]);
    assert.deepEqual((await client.call('health.Check', { service: 'm3' })).reply, { status: 'SERVING' });
    const metadata = await client.call<{ readonly name: string }>('inference.ModelMetadata', { name: 'm3' });
    assert.equal(metadata.reply.name, 'm3');
    const reflection = new ReflectionClient(server.grpcAddress);
    assert.ok((await reflection.services()).includes('inference.GRPCInferenceService'));
    reflection.close();
    assert.equal((await server.metrics()).get('mindird_model_state{model="m3",version="1",state="ready"}'), 1);
  });

  it('is one process, run by the Node.js and with the flags it is told', () => {
    const words = readFileSync(`/proc/${server.pid}/cmdline`, 'utf8').split('\0');
    const main = path.join(root, 'dist/bundle/lib/server/main.js');
    assert.deepEqual(words.slice(0, 5), [
      process.execPath,
      '--max-semi-space-size=3',
      '--stack-trace-limit=20',
      main,
      'serve',
    ]);
  });

  it('ends by a signal with exit status 0', async () => {
    server.signal('SIGTERM');
    assert.equal(await server.exited(), 0);
  });

  it('holds no fake, and says whose code it holds', () => {
    const bundle = path.join(root, 'dist/bundle');
    const programs = readdirSync(path.join(bundle, 'lib/server')).filter((file) => file.endsWith('.js'));
    assert.deepEqual(programs.sort(), [
      'calibrate-worker.js',
      'fastify.js',
      'look-worker.js',
      'main.js',
      'servable-worker.js',
      'status-client.js',
    ]);
    for (const file of programs)
      assert.equal(readFileSync(path.join(bundle, 'lib/server', file), 'utf8').includes('FakeAddon'), false, file);
    const licences = readFileSync(path.join(bundle, 'LICENCES.txt'), 'utf8');
    for (const name of ['@grpc/grpc-js', 'fastify', 'pino', 'zod'])
      assert.match(licences, new RegExp(`^${name} [\\d.]+ \\(`, 'm'));
  });

  it('takes the Node.js of its npm packages where there is one', () => {
    const packaged = path.join(root, 'node_modules/node-linux-any/bin');
    mkdirSync(packaged, { recursive: true });
    writeFileSync(path.join(packaged, 'node'), '#!/bin/sh\necho packaged "$1"\n', { mode: 0o755 });
    const { stdout } = spawnSync(program, ['--version'], {
      encoding: 'utf8',
      env: { ...process.env, MINDIRD_NODE: '', MINDIRD_NODE_FLAGS: '' },
    });
    assert.equal(stdout, `packaged ${path.join(root, 'dist/bundle/lib/server/main.js')}\n`);
  });

  it('leaves a bundle alone that is older than what was compiled', () => {
    const stamp = path.join(root, 'dist/.tsbuildinfo');
    writeFileSync(stamp, '');
    const later = Date.now() / 1000 + 60;
    utimesSync(stamp, later, later);
    const { status, stderr } = spawnSync(program, ['--version'], {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    });
    assert.equal(status, 1);
    assert.match(stderr, /^mindird: .*\/dist\/server\/program\.js is not built, run "npm run build" in /);
  });

  it('names what to install where there is no Node.js', () => {
    const { status, stderr } = spawnSync(program, ['--version'], {
      encoding: 'utf8',
      env: { ...process.env, MINDIRD_NODE: '/none/node' },
    });
    assert.equal(status, 1);
    assert.match(stderr, /^mindird: no Node\.js found, run "npm ci" in .* or install Node\.js 20\.19 or later\n$/);
  });
});
