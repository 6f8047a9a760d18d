// However a call ends, everything that tells of calls tells the same: ModelStatistics, /metrics, /slo and the status page.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { double, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

let place: Workplace;
let server: ServerProcess;

beforeEach(async () => {
  place = new Workplace();
  place.model('m', 1, { computeMs: 300 });
  place.put('servables/m/servable_config.yaml', 'slo: {latency: 10s, objective: 0.9}\n');
  place.model('cold', 1, { loadError: { code: 'INVALID_MODEL', message: 'model.mindir: cut off' } });
  place.put('servables/cold/servable_config.yaml', 'slo: {latency: 1s, objective: 0.9}\n');
  server = await ServerProcess.start(place, { environment: { MINDIRD_SERVER_MAX_MESSAGE: '1KiB' } });
});

afterEach(async () => {
  await server.close();
  place.close();
});

interface Slo {
  readonly name: string;
  readonly good: number;
  readonly total: number;
}

interface Status {
  readonly servables: readonly {
    readonly name: string;
    readonly refused: number;
    readonly versions: readonly { readonly requests: number; readonly failures: number }[];
  }[];
}

const json = async <T>(target: string): Promise<T> => (await (await fetch(server.httpUrl + target)).json()) as T;

test("accounts: what the server does of its own accord when it starts is nobody's call", async () => {
  const calls = [...(await server.metrics())].filter(([series]) => series.startsWith('mindird_calls_total{'));
  assert.ok(calls.length > 0);
  assert.deepEqual(
    calls.filter(([, count]) => count !== 0),
    [],
  );
});

test('accounts: a deadline that passes while the model computes is a failure in every account', async () => {
  const client = server.client();
  await double(client, 'm', [1, 2]);
  await assert.rejects(double(client, 'm', [1, 2], '', { timeoutMs: 100 }), { code: 4 });
  const codes = async (code: string): Promise<number | undefined> =>
    (await server.metrics()).get(`mindird_requests_total{model="m",version="1",code="${code}"}`);
  await until(async () => (await codes('DEADLINE_EXCEEDED')) === 1, 'the account of the late call');
  assert.equal(await codes('OK'), 1);
  // What is computed for nobody comes to its end and changes nothing.
  await until(
    async () => (await server.metrics()).get('mindird_requests_in_flight{model="m",version="1"}') === 0,
    'the end of computing',
  );
  const metrics = await server.metrics();
  assert.equal(metrics.get('mindird_slo_requests_total{model="m",good="true"}'), 1);
  assert.equal(metrics.get('mindird_slo_requests_total{model="m",good="false"}'), 1);
  assert.equal(metrics.get('mindird_request_duration_seconds_count{model="m",version="1"}'), 1);
  const { servables } = await json<{ servables: readonly Slo[] }>('/slo');
  const { good, total } = servables.find(({ name }) => name === 'm') ?? {};
  assert.deepEqual([good, total], [1, 2]);
  const status = await json<Status>('/status.json');
  const version = status.servables.find(({ name }) => name === 'm')?.versions[0];
  assert.deepEqual([version?.requests, version?.failures], [1, 1]);
  const { reply } = await client.call<{
    readonly model_stats: readonly {
      readonly inference_stats: Readonly<Record<'success' | 'fail', { readonly count: number | string }>>;
    }[];
  }>('inference.ModelStatistics', { name: 'm', version: '1' });
  const { success, fail } = reply.model_stats[0]?.inference_stats ?? {};
  assert.deepEqual([Number(success?.count), Number(fail?.count)], [1, 1]);
});

test('accounts: what no version takes is told of its servable, what cannot be read of its method', async () => {
  const client = server.client();
  await assert.rejects(double(client, 'cold', [1, 2]), { code: 14 });
  await assert.rejects(double(client, 'm', [1, 2], '9'), { code: 5 });
  await assert.rejects(double(client, 'nobody', [1, 2]), { code: 5 });
  await assert.rejects(double(client, 'm', new Array<number>(2000).fill(1)), { code: 8 });
  await assert.rejects(
    client.raw('/inference.GRPCInferenceService/ModelInfer', Buffer.from([0xff]), () => undefined),
    { code: 3 },
  );
  await assert.rejects(
    client.raw('/made.up/Method', Buffer.alloc(0), () => undefined),
    { code: 12 },
  );
  const read = async (series: string): Promise<number | undefined> => (await server.metrics()).get(series);
  const method = (code: string): string =>
    `mindird_calls_total{method="inference.GRPCInferenceService/ModelInfer",code="${code}"}`;
  await until(async () => (await read(method('INVALID_ARGUMENT'))) === 1, 'the last account');
  assert.equal(await read('mindird_requests_total{model="cold",version="",code="NOT_READY"}'), 1);
  assert.equal(await read('mindird_slo_requests_total{model="cold",good="false"}'), 1);
  assert.equal(await read('mindird_requests_total{model="m",version="",code="NOT_FOUND"}'), 1);
  assert.deepEqual(
    [await read(method('NOT_READY')), await read(method('NOT_FOUND')), await read(method('TOO_LARGE'))],
    [1, 2, 1],
  );
  const others = [...(await server.metrics())].filter(
    ([series, count]) => series.startsWith('mindird_calls_total{method="other"') && count > 0,
  );
  assert.equal(
    others.reduce((sum, [, count]) => sum + count, 0),
    1,
    JSON.stringify(others),
  );
  assert.equal(
    [...(await server.metrics()).keys()].some((series) => series.includes('model=""')),
    false,
  );
  const status = await json<Status>('/status.json');
  assert.equal(status.servables.find(({ name }) => name === 'cold')?.refused, 1);
});
