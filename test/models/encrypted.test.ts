// Encrypted models are served with the key that their configuration names, and neither it nor what it protects is found anywhere afterwards.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, runToEnd, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import { CaseServer, listCases } from './cases.ts';

const folder = 'encrypted';
const keys = JSON.parse(readFileSync(projectPath('test', folder, 'index.json'), 'utf8')) as Readonly<
  Record<string, { readonly key: string }>
>;
const cases = listCases(folder, { rtol: 1e-3, atol: 1e-4 });
const keyOf = (name: string): string => keys[name]?.key ?? '';
const model = projectPath('test', folder, 'dense_gcm_128.mindir');
const key = keyOf('dense_gcm_128');

let place: Workplace;
let stop: (() => Promise<void>) | undefined;
beforeEach(() => {
  place = new Workplace();
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  place.close();
});

async function serve(config: string, environment: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  place.put('servables/dense/servable_config.yaml', config);
  place.put('servables/dense/1/model.mindir', readFileSync(model));
  const server = await ServerProcess.start(place, { environment: { MINDIRD_ADDON: nativeAddon, ...environment } });
  stop = async () => server.close();
  return server;
}

interface Ready {
  readonly models: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
}

const stateOf = async (server: ServerProcess): Promise<string> => {
  const { models } = (await (await fetch(`${server.httpUrl}/readyz`)).json()) as Ready;
  return models.map(({ state, reason }) => `${state} ${reason}`).join();
};

const cacheOf = async (server: ServerProcess): Promise<{ readonly result: string; readonly reason: string }> => {
  const response = await fetch(`${server.httpUrl}/v2/models/dense/report`);
  const report = (await response.json()) as {
    readonly native: { readonly plans: readonly [{ readonly partitions: readonly [{ readonly cache: never }] }] };
  };
  return report.native.plans[0].partitions[0].cache;
};

test('encrypted: every file is served and matches what MindSpore computed', async () => {
  for (const { name } of cases) place.put(`servables/${name}/key`, keyOf(name));
  const server = await CaseServer.start(folder, cases, null, { place, config: () => 'model: {key_file: key}\n' });
  stop = async () => server.stop();
  for (const one of cases) {
    if (one.refused === undefined) {
      assert.equal(await server.refusal(one.name), undefined);
      await server.check(one);
    } else {
      assert.match((await server.refusal(one.name)) ?? '', new RegExp(one.refused));
    }
  }
});

test('encrypted: the key is in no log, report, metric, command line and file', async () => {
  place.put('secret/key', key);
  const server = await serve('model: {key_file: ../../secret/key}\n');
  const texts = [
    ...['/v2/models/dense/report', '/readyz', '/metrics', '/'].map(async (at) =>
      (await fetch(`${server.httpUrl}${at}`)).text(),
    ),
  ];
  const seen = [...(await Promise.all(texts)), JSON.stringify(server.lines)];
  seen.push(
    readFileSync(`/proc/${server.pid}/cmdline`, 'latin1'),
    readFileSync(`/proc/${server.pid}/environ`, 'latin1'),
  );
  for (const text of seen) assert.ok(!text.includes(key), text.slice(0, 200));
  assert.deepEqual(readdirSync(path.join(place.folder, 'cache'), { recursive: true }), []);
  assert.deepEqual(await cacheOf(server), {
    result: 'disabled',
    reason: 'the model is encrypted, and model.cache_encrypted is not allow',
  });
});

test('encrypted: engines are cached where the configuration allows it', async () => {
  const server = await serve('model: {key_env: THE_KEY, cache_encrypted: allow}\n', { THE_KEY: key });
  assert.equal((await cacheOf(server)).result, 'miss');
  assert.equal(readdirSync(path.join(place.folder, 'cache')).length, 1);
});

test('encrypted: without its key a model fails, and is loaded when the key comes', async () => {
  place.put('servables/dense/key', `${key}\n`);
  const server = await serve('model: {key_file: key}\n');
  const wrong = await stateOf(server);
  assert.match(
    wrong,
    /failed .*the key file .*\/servables\/dense\/key has 17 bytes, want 16, 24 or 32; it ends with a line/,
  );
  assert.ok(!wrong.includes(key));
  writeFileSync(place.path('servables/dense/key'), key);
  await until(async () => (await stateOf(server)).startsWith('ready'), 'the model with its key');
});

test('encrypted: inspect takes the key of the servable, or of the environment', () => {
  const native = { MINDIRD_ADDON: nativeAddon };
  place.put('servables/dense/key', key);
  place.put('servables/dense/servable_config.yaml', 'model: {key_file: key}\n');
  const own = place.put('servables/dense/1/model.mindir', readFileSync(model));
  assert.match(runToEnd(['inspect', own], native).out, /graph model/);
  const alone = place.put('alone/model.mindir', readFileSync(model));
  assert.match(runToEnd(['inspect', alone], native).err, /no key is given: model\.key_file/);
  assert.match(runToEnd(['inspect', alone], { ...native, MINDIRD_MODEL_KEY: key }).out, /graph model/);
  const file = place.path('servables/dense/key');
  assert.match(runToEnd(['inspect', alone], { ...native, MINDIRD_MODEL_KEY_FILE: file }).out, /graph model/);
});
