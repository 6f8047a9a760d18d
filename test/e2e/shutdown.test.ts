// How the process ends: requests in flight finish, health says so first, limits hold.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { double, ServerProcess, waitFor, Workplace } from '../support/server-process.ts';

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

/** Waits until the server has so many requests of model m in flight. */
async function inFlight(count: number): Promise<void> {
  await waitFor(async () => {
    const metrics = await (await fetch(`${server?.httpUrl}/metrics`)).text();
    return metrics.includes(`mindird_requests_in_flight{model="m",version="1"} ${count}\n`);
  }, `${count} requests in flight`);
}

test('shutdown: what is in flight is answered, watches are told and ended, the exit code is 0', async () => {
  place.model('m', 1, { computeMs: 400 });
  server = await ServerProcess.start(place);
  const client = server.client();
  const watch = client.watch('');
  await waitFor(() => watch.seen.length === 1, 'the first status');
  const requests = Promise.all([1, 2, 3].map((value) => double(client, 'm', [value, value])));
  await inFlight(3);
  server.signal('SIGTERM');
  const answers = await requests;
  assert.deepEqual(
    answers.map(({ values }) => values[0]),
    [2, 4, 6],
  );
  await watch.ended;
  assert.deepEqual(watch.seen, ['SERVING', 'NOT_SERVING']);
  assert.equal(await server.exited(), 0);
  assert.equal(server.logged('server.drain_cut').length, 0);
});

test('shutdown: under load no request fails when clients heed the health status', async () => {
  place.model('m', 1, { computeMs: 2 });
  server = await ServerProcess.start(place, { environment: { MINDIRD_SERVER_DRAIN_DELAY: '500ms' } });
  const { httpUrl } = server;
  const client = server.client();
  const watch = client.watch('m');
  const failures: unknown[] = [];
  let answered = 0;
  const worker = async (): Promise<void> => {
    while (watch.seen.at(-1) !== 'NOT_SERVING') {
      await double(client, 'm', [1, 2]).then(
        () => (answered += 1),
        (caught) => failures.push(caught),
      );
    }
  };
  await waitFor(() => watch.seen.at(-1) === 'SERVING', 'the first status');
  const workers = [worker(), worker(), worker(), worker()];
  await waitFor(() => answered > 100, 'requests');
  server.signal('SIGTERM');
  await waitFor(() => watch.seen.at(-1) === 'NOT_SERVING', 'the drain');
  assert.equal((await fetch(`${httpUrl}/readyz`)).status, 503);
  assert.equal((await fetch(`${httpUrl}/livez`)).status, 200);
  await Promise.all(workers);
  assert.deepEqual(failures, []);
  assert.equal(await server.exited(), 0);
});

test('shutdown: drain_timeout cuts off what does not end', async () => {
  place.model('m', 1, { computeMs: 60_000 });
  server = await ServerProcess.start(place, { environment: { MINDIRD_SERVER_DRAIN_TIMEOUT: '300ms' } });
  const request = double(server.client(), 'm', [1, 2]).then(
    () => 'answered',
    () => 'cut',
  );
  await inFlight(1);
  const start = Date.now();
  server.signal('SIGTERM');
  assert.equal(await server.exited(10_000), 0);
  assert.ok(Date.now() - start < 5000);
  assert.equal(await request, 'cut');
  assert.equal(server.logged('server.drain_cut').length, 1);
});

test('shutdown: a second signal ends it at once', async () => {
  place.model('m', 1, { computeMs: 60_000 });
  server = await ServerProcess.start(place);
  const request = double(server.client(), 'm', [1, 2]).catch(() => undefined);
  await inFlight(1);
  server.signal('SIGTERM');
  await waitFor(() => server?.logged('server.draining').length === 1, 'the drain');
  server.signal('SIGTERM');
  assert.equal(await server.exited(5000), 143);
  await request;
});

test('shutdown: a load in progress is not waited for', async () => {
  place.model('m', 1);
  server = await ServerProcess.start(place);
  place.model('slow', 1, { loadMs: 60_000 });
  await waitFor(() => server?.logged('model.loading').some((line) => line['model'] === 'slow') === true, 'the load');
  server.signal('SIGTERM');
  assert.equal(await server.exited(5000), 0);
});
