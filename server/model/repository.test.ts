import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { FoundVersion } from './repository.ts';
import { scanRepository } from './repository.ts';
import { judgeStability, settleMs } from './stability.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'mindird-repository-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(file: string, text = 'x'): void {
  const full = path.join(root, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, text);
}

async function versionsOf(name: string): Promise<readonly FoundVersion[]> {
  const { servables } = await scanRepository(root);
  return servables.find((servable) => servable.name === name)?.versions ?? assert.fail(`${name} not found`);
}

test('repository: a folder without a config is served with defaults under its name', async () => {
  put('lenet/1/any.mindir', 'abc');
  const { servables, skipped } = await scanRepository(root);
  assert.deepEqual(skipped, []);
  assert.equal(servables[0]?.name, 'lenet');
  assert.equal(servables[0]?.config?.batching.max_batch, 1);
  const [version] = servables[0]?.versions ?? [];
  assert.equal(version?.file, path.join(root, 'lenet/1/any.mindir'));
  assert.equal(version?.bytes, 3);
  assert.equal(version?.problem, '');
});

test('repository: external weights count for the size and the fingerprint', async () => {
  put('big/1/net_graph.mindir', 'g');
  put('big/1/net_variables/data_0', '1234');
  const [before] = await versionsOf('big');
  assert.equal(before?.file.endsWith('net_graph.mindir'), true);
  assert.equal(before?.bytes, 5);
  put('big/1/net_variables/data_0', '12345');
  assert.notEqual((await versionsOf('big'))[0]?.fingerprint, before?.fingerprint);
});

test('repository: links into a volume are followed, and what Kubernetes keeps behind them counts once', async () => {
  put('m/1/..2026/net_graph.mindir', 'g');
  put('m/1/..2026/net_variables/data_0', '1234');
  symlinkSync('..2026', path.join(root, 'm/1/..data'));
  symlinkSync('..data/net_graph.mindir', path.join(root, 'm/1/net_graph.mindir'));
  symlinkSync('..data/net_variables', path.join(root, 'm/1/net_variables'));
  const [before] = await versionsOf('m');
  assert.equal(before?.file, path.join(root, 'm/1/net_graph.mindir'));
  assert.equal(before.bytes, 5);
  put('m/1/..2027/net_graph.mindir', 'h');
  put('m/1/..2027/net_variables/data_0', '5678');
  assert.equal((await versionsOf('m'))[0]?.fingerprint, before.fingerprint);
  symlinkSync('..2027', path.join(root, 'm/1/..new'));
  renameSync(path.join(root, 'm/1/..new'), path.join(root, 'm/1/..data'));
  assert.notEqual((await versionsOf('m'))[0]?.fingerprint, before.fingerprint);
});

test('repository: weights beside the real file of a linked model count', async () => {
  put('elsewhere/net_graph.mindir', 'g');
  put('elsewhere/net_variables/data_0', '1234');
  mkdirSync(path.join(root, 'm/1'), { recursive: true });
  symlinkSync('../../elsewhere/net_graph.mindir', path.join(root, 'm/1/model.mindir'));
  const [before] = await versionsOf('m');
  assert.equal(before?.bytes, 5);
  put('elsewhere/net_variables/data_0', '12345');
  assert.notEqual((await versionsOf('m'))[0]?.fingerprint, before.fingerprint);
});

test('repository: several models need model_file', async () => {
  put('m/1/a.mindir');
  put('m/1/b.mindir');
  assert.match(
    (await versionsOf('m'))[0]?.problem ?? '',
    /has 2 \.mindir files \(a\.mindir, b\.mindir\), want model\.model_file to name one/,
  );
  put('m/servable_config.yaml', 'model: {model_file: b.mindir}\n');
  assert.equal((await versionsOf('m'))[0]?.file, path.join(root, 'm/1/b.mindir'));
  put('m/servable_config.yaml', 'model: {model_file: c.mindir}\n');
  assert.match((await versionsOf('m'))[0]?.problem ?? '', /has no file c\.mindir/);
});

test('repository: a plan file is a model and goes before the one it was made of', async () => {
  put('m/1/a.mindplan');
  assert.equal((await versionsOf('m'))[0]?.file, path.join(root, 'm/1/a.mindplan'));
  put('m/1/a.mindir');
  assert.equal((await versionsOf('m'))[0]?.file, path.join(root, 'm/1/a.mindplan'));
  put('m/servable_config.yaml', 'model: {model_file: a.mindir}\n');
  assert.equal((await versionsOf('m'))[0]?.file, path.join(root, 'm/1/a.mindir'));
  put('m/servable_config.yaml', 'model: {model_file: a.mindplan}\n');
  put('m/1/b.mindplan');
  assert.equal((await versionsOf('m'))[0]?.file, path.join(root, 'm/1/a.mindplan'));
  put('m/servable_config.yaml', '');
  assert.match((await versionsOf('m'))[0]?.problem ?? '', /has 2 \.mindplan files \(a\.mindplan, b\.mindplan\)/);
});

test('repository: what is no version is reported or left alone', async () => {
  put('m/1/a.mindir');
  put('m/0/a.mindir');
  put('m/99999999999999999999/a.mindir');
  put('m/notes/readme');
  put('m/2/readme');
  const { servables, skipped } = await scanRepository(root);
  assert.deepEqual(
    servables[0]?.versions.map(({ version, problem }) => [version, problem]),
    [
      [1, ''],
      [2, 'has no .mindir or .mindplan file'],
    ],
  );
  assert.deepEqual(
    skipped.map((entry) => path.basename(entry.path)),
    ['0', '99999999999999999999'],
  );
});

test('repository: bad names, loops, pipes and empty folders do not stop the others', async () => {
  put('good/1/a.mindir');
  put('bad name/1/a.mindir');
  put('plain file');
  put('.hidden/1/a.mindir');
  mkdirSync(path.join(root, 'empty'));
  symlinkSync('loop', path.join(root, 'loop'));
  mkdirSync(path.join(root, 'looped/1'), { recursive: true });
  symlinkSync('x.mindir', path.join(root, 'looped/1/x.mindir'));
  mkdirSync(path.join(root, 'pipe/1'), { recursive: true });
  execFileSync('mkfifo', [path.join(root, 'pipe/1/x.mindir'), path.join(root, 'pipe/servable_config.yaml')]);
  const { servables, skipped, unreadable } = await scanRepository(root);
  assert.deepEqual(
    servables.map(({ name }) => name),
    ['empty', 'good', 'looped', 'pipe'],
  );
  assert.equal(servables[2]?.versions[0]?.problem, 'x.mindir is not a regular file that can be reached');
  assert.equal(servables[3]?.versions[0]?.problem, 'x.mindir is not a regular file that can be reached');
  assert.equal(servables[3]?.problems[0]?.message, 'not a regular file');
  assert.deepEqual(unreadable, ['loop']);
  assert.deepEqual(
    skipped.map(({ path: place, reason }) => `${path.basename(place)}: ${reason.slice(0, 24)}`),
    ['bad name: the name of a servable i', 'empty: has no version folder', 'loop: symbolic links form a lo'],
  );
});

test('repository: a broken config is reported with its line, the versions are still listed', async () => {
  put('m/1/a.mindir');
  put('m/servable_config.yaml', 'model:\n  instances: many\n');
  const { servables } = await scanRepository(root);
  assert.equal(servables[0]?.config, undefined);
  assert.equal(servables[0]?.problems[0]?.line, 2);
  assert.equal(servables[0]?.versions.length, 1);
});

test('repository: the fingerprint follows what compiling depends on, not the objective', async () => {
  put('m/1/a.mindir');
  const [plain] = await versionsOf('m');
  put('m/servable_config.yaml', 'slo: {latency: 5ms}\n');
  assert.equal((await versionsOf('m'))[0]?.fingerprint, plain?.fingerprint);
  put('m/servable_config.yaml', 'model: {instances: 2}\n');
  assert.notEqual((await versionsOf('m'))[0]?.fingerprint, plain?.fingerprint);
});

test('repository: a root that cannot be read rejects', async () => {
  await assert.rejects(scanRepository(path.join(root, 'none')), { code: 'ENOENT' });
});

test('stability: fresh files wait for a second look, old ones do not, growing ones go on waiting', async () => {
  put('m/1/a.mindir');
  const first = await scanRepository(root);
  const now = first.servables[0]?.versions[0]?.changedAt ?? assert.fail('no version');
  const fresh = judgeStability(first, new Map(), now);
  assert.deepEqual([...fresh.unstable], ['m/1']);
  assert.deepEqual([...judgeStability(first, fresh.seen, now).unstable], []);
  assert.deepEqual([...judgeStability(first, new Map(), now + settleMs).unstable], []);
  put('m/1/a.mindir', 'longer');
  assert.deepEqual([...judgeStability(await scanRepository(root), fresh.seen, now).unstable], ['m/1']);
});
