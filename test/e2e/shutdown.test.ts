// How the process ends: requests in flight finish, health says so first, limits hold.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
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

/** Waits until the server has so many requests of model m in flight. */
async function inFlight(count: number): Promise<void> {
  await until(async () => {
    const metrics = await server?.metrics();
    return metrics?.get('mindird_requests_in_flight{model="m",version="1"}') === count;
  }, `${count} requests in flight`);
}

test('shutdown: what is in flight is answered, watches are told and ended, the exit code is 0', async () => {
  place.model('m', 1, { gate: place.path('gate') });
  server = await ServerProcess.start(place);
  const client = server.client();
  const watch = client.watch('');
  await until(() => watch.seen.length === 1, 'the first status');
  const requests = Promise.all([1, 2, 3].map((value) => double(client, 'm', [value, value])));
  await inFlight(3);
  server.signal('SIGTERM');
  await until(() => watch.seen.at(-1) === 'NOT_SERVING', 'the drain');
  place.put('gate', '');
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

interface DrainUnderLoad {
  readonly failures: readonly unknown[];
  /** Milliseconds from the signal until the clients, who had heard of it, had their last answers. */
  readonly heedingMs: number;
}

/** Ends a server, with time for clients to notice, while clients send requests until its health says that it is not serving. */
async function drainUnderLoad(delayMs: number): Promise<DrainUnderLoad> {
  const own = await ServerProcess.start(place, { environment: { MINDIRD_SERVER_DRAIN_DELAY: `${delayMs}ms` } });
  server = own;
  const client = own.client();
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
  await until(() => watch.seen.at(-1) === 'SERVING', 'the first status');
  const workers = [worker(), worker(), worker(), worker()];
  await until(() => answered > 100, 'requests');
  const from = performance.now();
  own.signal('SIGTERM');
  await Promise.all(workers);
  const heedingMs = performance.now() - from;
  assert.equal(await own.exited(), 0);
  await own.close();
  return { failures, heedingMs };
}

test('shutdown: under load no request fails when clients heed the health status', async () => {
  place.model('m', 1, { computeMs: 2 });
  // Clients that were themselves kept from running for all of the delay show nothing; they are given more of it.
  for (let delayMs = 500; ; delayMs *= 4) {
    const { failures, heedingMs } = await drainUnderLoad(delayMs);
    if (heedingMs >= delayMs && delayMs < 60_000) continue;
    assert.deepEqual(failures, []);
    return;
  }
});

test('shutdown: probes tell of the drain until the process ends', async () => {
  place.model('m', 1, { gate: place.path('gate') });
  server = await ServerProcess.start(place);
  const { httpUrl } = server;
  const request = double(server.client(), 'm', [1, 2]);
  await inFlight(1);
  server.signal('SIGTERM');
  await until(async () => (await fetch(`${httpUrl}/readyz`)).status === 503, 'the drain');
  assert.equal((await fetch(`${httpUrl}/livez`)).status, 200);
  place.put('gate', '');
  assert.deepEqual((await request).values, [2, 4]);
  assert.equal(await server.exited(), 0);
});

test('shutdown: drain_timeout cuts off what does not end', async () => {
  place.model('m', 1, { gate: place.path('never') });
  server = await ServerProcess.start(place, { environment: { MINDIRD_SERVER_DRAIN_TIMEOUT: '300ms' } });
  const request = double(server.client(), 'm', [1, 2]).then(
    () => 'answered',
    () => 'cut',
  );
  await inFlight(1);
  server.signal('SIGTERM');
  assert.equal(await server.exited(), 0);
  assert.equal(await request, 'cut');
  assert.equal(server.logged('server.drain_cut').length, 1);
});

test('shutdown: a second signal ends it at once', async () => {
  place.model('m', 1, { gate: place.path('never') });
  server = await ServerProcess.start(place);
  const request = double(server.client(), 'm', [1, 2]).catch(() => undefined);
  await inFlight(1);
  server.signal('SIGTERM');
  await until(() => server?.logged('server.draining').length === 1, 'the drain');
  server.signal('SIGTERM');
  assert.equal(await server.exited(), 143);
  await request;
});

test('shutdown: a load in progress is not waited for', async () => {
  place.model('m', 1);
  server = await ServerProcess.start(place);
  place.model('slow', 1, { loadGate: place.path('never') });
  await until(() => server?.logged('model.loading').some((line) => line['model'] === 'slow') === true, 'the load');
  server.signal('SIGTERM');
  assert.equal(await server.exited(), 0);
});
