// Versions that come, change, break and go while requests are running.

import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { doublingModel } from '../../server/native/fake-file.ts';
import type { TestClient } from '../support/grpc-client.ts';
import { double, ServerProcess, Workplace } from '../support/server-process.ts';
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

interface Load {
  /** Versions that answered, in order, without repetitions. */
  readonly versions: string[];
  readonly failures: unknown[];
  requests: number;
  stop(): Promise<void>;
}

/** Sends requests without a pause until stopped. */
function load(client: TestClient, model: string): Load {
  let running = true;
  const result: Load = { versions: [], failures: [], requests: 0, stop: async () => undefined };
  const worker = async (): Promise<void> => {
    while (running) {
      try {
        const { version, values } = await double(client, model, [1, 2]);
        assert.deepEqual(values, [2, 4]);
        if (result.versions.at(-1) !== version) result.versions.push(version);
        result.requests += 1;
      } catch (caught) {
        result.failures.push(caught);
      }
    }
  };
  const workers = [worker(), worker(), worker()];
  result.stop = async () => {
    running = false;
    await Promise.all(workers);
  };
  return result;
}

const state = async (version: string): Promise<{ readonly state: string; readonly reason: string } | undefined> => {
  const ready = (await (await fetch(`${server?.httpUrl}/readyz`)).json()) as {
    readonly models: readonly { readonly version: string; readonly state: string; readonly reason: string }[];
  };
  return ready.models.find((model) => model.version === version);
};

/** The oldest version leaves when two newer ones are there. */
const keepTwo = { MINDIRD_REPOSITORY_KEEP_VERSIONS: '2' };

test('versions: a new one takes over, the oldest leaves, and no request fails', async () => {
  place.model('m', 1);
  server = await ServerProcess.start(place, { environment: keepTwo });
  const traffic = load(server.client(), 'm');
  await until(() => traffic.requests > 20, 'requests');
  for (const version of [2, 3]) {
    place.model('m', version);
    await until(() => traffic.versions.at(-1) === String(version), `version ${version}`);
  }
  await until(async () => (await state('1')) === undefined, 'the end of version 1');
  assert.deepEqual((await double(server.client(), 'm', [1, 1], '2')).version, '2');
  await assert.rejects(double(server.client(), 'm', [1, 1], '1'), { code: 5 });
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
  const order = [...new Set(traffic.versions)];
  assert.deepEqual(order, ['1', '2', '3']);
});

test('versions: a broken higher one is reported and does not hide the others; repaired, it takes over', async () => {
  place.model('m', 1);
  server = await ServerProcess.start(place);
  const traffic = load(server.client(), 'm');
  place.model('m', 2, { loadError: { code: 'INVALID_MODEL', message: 'model.mindir: field 7 is cut off' } });
  await until(async () => (await state('2'))?.state === 'failed', 'the failure');
  assert.equal((await state('2'))?.reason, 'm/2: model.mindir: field 7 is cut off');
  assert.equal((await double(server.client(), 'm', [1, 2])).version, '1');
  await assert.rejects(double(server.client(), 'm', [1, 2], '2'), { code: 14 });
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(server.logged('model.failed').length, 1);
  place.model('m', 2);
  await until(() => traffic.versions.at(-1) === '2', 'version 2');
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
});

test('versions: a version whose files are replaced by broken ones goes on serving', async () => {
  place.model('m', 1);
  server = await ServerProcess.start(place);
  place.put('servables/m/1/model.mindir', 'not a model any more');
  await until(() => server?.logged('model.failed').length === 1, 'the failure');
  assert.equal((await double(server.client(), 'm', [1, 2])).version, '1');
  assert.match((await state('1'))?.reason ?? '', /the files changed and the new ones failed/);
});

test('versions: a model that is still being copied is loaded when it is whole', async () => {
  server = await ServerProcess.start(place);
  const text = JSON.stringify(doublingModel([-1, 2]));
  const file = path.join(place.repository, 'm/1/model.mindir');
  mkdirSync(path.dirname(file), { recursive: true });
  for (let i = 0; i < text.length; i += 20) {
    appendFileSync(file, text.slice(i, i + 20));
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await until(async () => (await state('1'))?.state === 'ready', 'the model');
  assert.deepEqual((await double(server.client(), 'm', [3, 4])).values, [6, 8]);
});

test('versions: a servable that is taken away is not found afterwards', async () => {
  place.model('m', 1);
  place.model('n', 1);
  server = await ServerProcess.start(place);
  place.remove('servables/m');
  const client = server.client();
  await until(() => server?.logged('model.unloaded').length === 1, 'the unload');
  // A look may come while the folder is there and its versions are gone already.
  const told = async (): Promise<boolean> => /model="m"/.test(await (await fetch(`${server?.httpUrl}/metrics`)).text());
  await until(async () => !(await told()), 'the end of its metrics');
  await assert.rejects(double(client, 'm', [1, 2]), { code: 5 });
  assert.equal((await double(client, 'n', [1, 2])).version, '1');
});

test('versions: a changed configuration loads the version anew without a failed request', async () => {
  place.model('m', 1);
  server = await ServerProcess.start(place);
  const traffic = load(server.client(), 'm');
  place.put('servables/m/servable_config.yaml', 'batching: {max_batch: 4}\n');
  await until(() => server?.logged('model.unloaded').length === 1, 'the second copy');
  place.put('servables/m/servable_config.yaml', 'batching: {max_batch: lots}\n');
  await until(() => server?.logged('servable.rejected').length === 1, 'the refusal');
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
  assert.equal((await double(server.client(), 'm', [1, 2])).version, '1');
});

test('versions: only those named are served', async () => {
  for (const version of [1, 2, 3, 4]) place.model('m', version);
  place.put('servables/m/servable_config.yaml', 'versions: {specific: [1, 3]}\n');
  server = await ServerProcess.start(place);
  assert.match(server.readyLine, /2 model versions/);
  const client = server.client();
  assert.equal((await double(client, 'm', [1, 2])).version, '3');
  assert.equal((await double(client, 'm', [1, 2], '1')).version, '1');
  await assert.rejects(double(client, 'm', [1, 2], '4'), { code: 5 });
});
