import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callEnd, inferMethod, stageTimes } from '../../test/support/call-end.ts';
import { parseServable } from '../config/servable.ts';
import type { CallEnd } from '../ledger/call-end.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { OpenMetrics } from '../model/observer.ts';
import type { NativeModel } from '../native/binding-types.ts';
import { FakeAddon } from '../native/fake.ts';
import { doublingModel } from '../native/fake-file.ts';
import { Catalog } from './catalog.ts';
import type { Probes } from './process.ts';
import { modelMetrics, processMetrics, servableMetrics } from './table.ts';

const ms = 1e6;
const of = 'model="m",version="1"';

async function nativeModel(): Promise<NativeModel> {
  const addon = new FakeAddon();
  addon.files.set('/m', doublingModel([1]));
  return addon.load({
    path: '/m',
    label: 'm/1',
    engines: ['cpu'],
    precision: 'origin',
    keepFp32: [],
    outputNames: [],
    threads: 1,
    instances: 1,
    maxBatch: 1,
    maxQueueDelayUs: 0,
    buckets: [],
    maxQueue: 10,
    maxPlans: 1,
    maxMemory: 0,
    maxWork: 0,
    loopSteps: 1,
    cacheDir: null,
  });
}

const report = {
  stages: { import_us: 2000 },
  plans: [
    {
      shapes: [[1]],
      plan: {
        stages: { optimize_us: 500 },
        nodes: [{ engine: 'cpu' }, { engine: 'cpu' }, { engine: 'reference' }],
        partitions: [
          { engine: 'cpu', build_us: 4000, cache: { result: 'miss' } },
          { engine: 'cpu', load_us: 10, cache: { result: 'hit' } },
          { engine: 'cpu', fallback: { from: 'tensorrt', why: 'out of memory' } },
        ],
      },
    },
  ],
};

interface Fixture {
  readonly ledger: Ledger;
  readonly catalog: Catalog;
  open(config?: string, name?: string, version?: string): Promise<OpenMetrics>;
  /** An inference of m/1 that took so many nanoseconds. */
  end(totalNs: number, more?: Partial<CallEnd>): void;
  text(accept?: string): Promise<string>;
}

function fixture(engines: readonly string[] = []): Fixture {
  const ledger = new Ledger();
  const catalog = new Catalog({ version: '1.2.3', engines }, ledger);
  return {
    ledger,
    catalog,
    open: async (text = '', name = 'm', version = '1') => {
      const config = parseServable(text, 'x');
      catalog.known(name, config.slo);
      return catalog.opened({ name, version, native: await nativeModel(), others: [], config, report, loadMs: 1500 });
    },
    end: (totalNs, more = {}) =>
      ledger.end(callEnd({ servable: 'm', version: '1', totalNs, times: stageTimes(totalNs), rows: 1, ...more })),
    text: async (accept = '') => Buffer.concat((await catalog.scrape(accept)).body).toString(),
  };
}

const probes: Probes = {
  versions: () => [{ name: 'm', version: '1', state: 'ready', reason: '' }],
  builds: () => [
    {
      name: 'm',
      version: '1',
      engine: 'tensorrt',
      subgraph: 2,
      subgraphs: 3,
      fraction: 0.5,
      step: 'x',
      background: false,
      elapsedMs: 1,
    },
  ],
  deviceMemory: () => [{ device: 'a "gpu"', used: 10, total: 20 }],
  connections: () => 7,
  bytesInFlight: () => 9,
};

function value(text: string, line: string): number {
  const found = text.split('\n').filter((candidate) => candidate.startsWith(`${line} `));
  assert.equal(found.length, 1, `${line} is there ${found.length} times`);
  return Number(found[0]?.slice(line.length + 1));
}

test('metrics: a request is counted once in every metric it belongs to', async () => {
  const { ledger, open, end, text: scrape } = fixture(['cpu']);
  ledger.serve([inferMethod]);
  const metrics = await open('slo: {latency: 3ms, objective: 0.9, window: 7d}\nbatching: {max_batch: 4}\n');
  metrics.inFlight(1);
  end(2 * ms);
  end(4 * ms);
  end(1 * ms, { code: 'DEADLINE_EXCEEDED' });
  end(1 * ms, { code: 'INVALID_ARGUMENT' });
  metrics.executed({ rows: 3, gatherNs: 0, computeNs: 0, scatterNs: 0 });
  const text = await scrape();
  assert.equal(value(text, `mindird_requests_total{${of},code="OK"}`), 2);
  assert.equal(value(text, `mindird_requests_total{${of},code="DEADLINE_EXCEEDED"}`), 1);
  assert.equal(value(text, `mindird_request_duration_seconds_bucket{${of},le="0.00195313"}`), 0);
  assert.equal(value(text, `mindird_request_duration_seconds_bucket{${of},le="0.00232267"}`), 1);
  assert.equal(value(text, `mindird_request_duration_seconds_bucket{${of},le="+Inf"}`), 2);
  assert.ok(Math.abs(value(text, `mindird_request_duration_seconds_sum{${of}}`) - 0.006) < 1e-9);
  assert.equal(value(text, `mindird_request_stage_duration_seconds_count{${of},stage="compute"}`), 2);
  assert.ok(Math.abs(value(text, `mindird_request_stage_duration_seconds_sum{${of},stage="copy"}`) - 0.0006) < 1e-9);
  assert.equal(value(text, 'mindird_slo_requests_total{model="m",good="true"}'), 1);
  assert.equal(value(text, 'mindird_slo_requests_total{model="m",good="false"}'), 2);
  assert.equal(value(text, 'mindird_slo_latency_seconds{model="m"}'), 0.003);
  assert.equal(value(text, 'mindird_slo_objective_ratio{model="m"}'), 0.9);
  assert.equal(value(text, 'mindird_slo_window_seconds{model="m"}'), 604_800);
  assert.equal(value(text, `mindird_batch_size_bucket{${of},le="2.0"}`), 0);
  assert.equal(value(text, `mindird_batch_size_bucket{${of},le="4.0"}`), 1);
  assert.equal(value(text, `mindird_batch_size_sum{${of}}`), 3);
  assert.equal(value(text, `mindird_requests_in_flight{${of}}`), 1);
  assert.equal(value(text, `mindird_queue_depth{${of},line="queue"}`), 0);
  assert.equal(value(text, `mindird_memory_bytes{${of},kind="constants"}`), 1000);
  const method = 'method="inference.GRPCInferenceService/ModelInfer"';
  assert.equal(value(text, `mindird_calls_total{${method},code="OK"}`), 2);
});

test('metrics: requests that wait for room in a full queue count beside those in it, for as long as their copy is there', async () => {
  const { catalog, text } = fixture();
  const version = { name: 'm', version: '1', others: [], config: parseServable('', 'x'), report, loadMs: 1 };
  const native = async (queued: number) => Object.assign(await nativeModel(), { queueDepth: () => queued });
  const former = catalog.opened({ ...version, native: await native(2), delayed: { size: 5 } });
  assert.equal(value(await text(), `mindird_queue_depth{${of},line="delayed"}`), 5);
  catalog.opened({ ...version, native: await native(1), delayed: { size: 30 } });
  const both = await text();
  assert.equal(value(both, `mindird_queue_depth{${of},line="queue"}`), 3);
  assert.equal(value(both, `mindird_queue_depth{${of},line="delayed"}`), 35);
  former.close();
  assert.equal(value(await text(), `mindird_queue_depth{${of},line="delayed"}`), 30);
  const refusing = await native(4);
  catalog.opened({ ...version, name: 'n', native: refusing });
  assert.doesNotMatch(await text(), /mindird_queue_depth\{model="n",version="1",line="delayed"/);
});

test('metrics: a servable without a ready version has its objective, and its refusals carry its name', async () => {
  const { ledger, catalog, text: scrape } = fixture();
  ledger.serve([inferMethod]);
  catalog.known('cold', parseServable('slo: {latency: 3ms}\n', 'x').slo);
  const before = await scrape();
  assert.equal(value(before, 'mindird_slo_requests_total{model="cold",good="false"}'), 0);
  assert.equal(value(before, 'mindird_requests_total{model="cold",version="",code="NOT_READY"}'), 0);
  ledger.end(callEnd({ servable: 'cold', code: 'NOT_READY' }));
  ledger.end(callEnd({ servable: 'no such', code: 'NOT_FOUND' }));
  ledger.end(callEnd({ code: 'TOO_LARGE' }));
  const text = await scrape();
  assert.equal(value(text, 'mindird_slo_requests_total{model="cold",good="false"}'), 1);
  assert.equal(value(text, 'mindird_requests_total{model="cold",version="",code="NOT_READY"}'), 1);
  const calls = (code: string): number =>
    value(text, `mindird_calls_total{method="inference.GRPCInferenceService/ModelInfer",code="${code}"}`);
  assert.deepEqual([calls('NOT_READY'), calls('NOT_FOUND'), calls('TOO_LARGE')], [1, 1, 1]);
  assert.doesNotMatch(text, /no such|model=""/);
  catalog.forgotten('cold');
  assert.doesNotMatch(await scrape(), /cold/);
});

test('metrics: every counter of a version begins at 0, and histograms with the first request', async () => {
  const { open, end, text } = fixture();
  await open();
  const before = await text();
  for (const code of ['OK', 'OVERLOADED', 'ENGINE_FAILED', 'DEADLINE_EXCEEDED'])
    assert.equal(value(before, `mindird_requests_total{${of},code="${code}"}`), 0);
  assert.doesNotMatch(before, /duration_seconds_bucket\{model=/);
  end(ms);
  assert.equal(value(await text(), `mindird_request_duration_seconds_count{${of}}`), 1);
});

test('metrics: the sums of the stages are the sum of the durations', async () => {
  const { open, end, text: scrape } = fixture();
  await open();
  for (let i = 1; i <= 100; i++) end(i * 10_000);
  const text = await scrape();
  const stages = ['receive', 'decode', 'queue', 'copy', 'compute', 'encode', 'send'].map((stage) =>
    value(text, `mindird_request_stage_duration_seconds_sum{${of},stage="${stage}"}`),
  );
  const total = value(text, `mindird_request_duration_seconds_sum{${of}}`);
  assert.ok(Math.abs(stages.reduce((a, b) => a + b) - total) < 1e-9);
});

test('metrics: device stages and memory are there only when a model runs on a device', async () => {
  const { catalog, open, end, text } = fixture();
  catalog.connect(probes);
  await open();
  end(ms);
  const before = await text();
  assert.doesNotMatch(before, /^mindird_device_/m);
  assert.doesNotMatch(before, /kind="device"/);
  const device = { dispatchNs: 7000, toDeviceNs: 20_000, computeNs: 300_000, toHostNs: 4000 };
  end(ms, { times: { ...stageTimes(ms), device } });
  const after = await text();
  const name = 'mindird_device_stage_duration_seconds';
  assert.deepEqual(
    ['host_dispatch', 'to_device', 'compute', 'to_host'].map((stage) =>
      Math.round(value(after, `${name}_sum{${of},stage="${stage}"}`) * 1e9),
    ),
    [7000, 20_000, 300_000, 4000],
  );
  assert.equal(value(after, `${name}_bucket{${of},stage="host_dispatch",le="0.0000038147"}`), 0);
  assert.equal(value(after, `${name}_bucket{${of},stage="host_dispatch",le="0.00000762939"}`), 1);
  assert.equal(value(after, 'mindird_device_memory_bytes{device="a \\"gpu\\"",kind="used"}'), 10);
  assert.equal(value(after, 'mindird_device_memory_bytes{device="a \\"gpu\\"",kind="total"}'), 20);
});

test('metrics: the report gives load stages, builds and nodes', async () => {
  const { catalog, open, text: scrape } = fixture(['tensorrt', 'cpu']);
  catalog.connect(probes);
  await open();
  catalog.loadFailed('bad', 'INVALID_MODEL');
  catalog.reloaded(false);
  catalog.cacheLookup('cpu', 'hit');
  catalog.engineBuilt('tensorrt', 'built', 45);
  catalog.backgroundBuild('m', 'swapped');
  const text = await scrape();
  assert.equal(value(text, `mindird_model_load_duration_seconds{${of},stage="total"}`), 1.5);
  assert.equal(value(text, `mindird_model_load_duration_seconds{${of},stage="import"}`), 0.002);
  assert.equal(value(text, `mindird_model_load_duration_seconds{${of},stage="optimize"}`), 0.0005);
  assert.equal(value(text, `mindird_engine_build_duration_seconds{${of},engine="cpu"}`), 0.004);
  assert.equal(value(text, `mindird_partition_nodes{${of},engine="cpu"}`), 2);
  assert.equal(value(text, `mindird_partition_nodes{${of},engine="reference"}`), 1);
  assert.equal(value(text, `mindird_engine_fallbacks{${of},engine="tensorrt"}`), 1);
  assert.equal(value(text, 'mindird_engine_cache_total{engine="cpu",result="hit"}'), 1);
  const built = 'mindird_engine_subgraph_build_duration_seconds';
  assert.equal(value(text, `${built}_bucket{engine="tensorrt",result="built",le="30.0"}`), 0);
  assert.equal(value(text, `${built}_bucket{engine="tensorrt",result="built",le="60.0"}`), 1);
  assert.equal(value(text, `${built}_sum{engine="tensorrt",result="built"}`), 45);
  assert.equal(value(text, 'mindird_engine_background_builds_total{model="m",result="swapped"}'), 1);
  assert.equal(value(text, `mindird_engine_build_progress_ratio{${of},engine="tensorrt"}`), 0.5);
  assert.equal(value(text, `mindird_engine_build_subgraph{${of},engine="tensorrt"}`), 2);
  assert.equal(value(text, `mindird_engine_build_subgraphs{${of},engine="tensorrt"}`), 3);
  assert.equal(value(text, `mindird_model_state{${of},state="ready"}`), 1);
  assert.equal(value(text, 'mindird_connections'), 7);
  assert.equal(value(text, 'mindird_request_bytes_in_flight'), 9);
  assert.equal(value(text, 'mindird_model_load_failures_total{model="bad",code="INVALID_MODEL"}'), 1);
  assert.equal(value(text, 'mindird_config_last_reload_success'), 0);
  assert.match(text, /mindird_build_info\{version="1\.2\.3",node="v\d+\.\d+\.\d+",engines="tensorrt,cpu"\} 1/);
});

test('metrics: heap, garbage collection and descriptors are there, and what a scrape would reset is not', async () => {
  const { text: scrape } = fixture();
  const text = await scrape();
  for (const name of [
    'nodejs_heap_size_used_bytes',
    'process_open_fds',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
  ])
    assert.ok(value(text, name) > 0, name);
  assert.match(text, /^# TYPE nodejs_gc_duration_seconds histogram$/m);
  assert.doesNotMatch(text, /nodejs_eventloop_lag/);
});

test('metrics: the delay of the event loop is not forgotten when it is read', async () => {
  const { catalog, text } = fixture();
  catalog.loopDelay.tick(1000, 100);
  catalog.loopDelay.tick(1100, 100);
  catalog.loopDelay.tick(1250, 1000);
  for (const scrape of [await text(), await text()]) {
    assert.equal(value(scrape, 'mindird_event_loop_delay_seconds_count'), 2);
    assert.ok(Math.abs(value(scrape, 'mindird_event_loop_delay_seconds_sum') - 0.05) < 1e-9);
    assert.equal(value(scrape, 'mindird_event_loop_delay_seconds_bucket{le="0.03125"}'), 1);
  }
});

test('metrics: when other plans serve, the report counts anew', async () => {
  const { open, text: scrape } = fixture();
  const metrics = await open();
  metrics.reported({
    plans: [{ partitions: [{ engine: 'tensorrt', build_us: 2e6 }], nodes: [{ engine: 'tensorrt' }] }],
  });
  const text = await scrape();
  assert.equal(value(text, `mindird_partition_nodes{${of},engine="tensorrt"}`), 1);
  assert.equal(value(text, `mindird_engine_build_duration_seconds{${of},engine="tensorrt"}`), 2);
  assert.doesNotMatch(text, /mindird_partition_nodes\{.*engine="cpu"/);
});

test('metrics: every metric of the table is in the exposition with its type', async () => {
  const { open, text: scrape } = fixture();
  await open();
  const text = await scrape();
  const specs = [...Object.values(modelMetrics), ...Object.values(servableMetrics), ...Object.values(processMetrics)];
  for (const { name, type } of specs) assert.equal(text.split(`# TYPE ${name} ${type}\n`).length, 2, name);
});

test('metrics: two copies of a version share one series, which ends with the last', async () => {
  const { open, end, text } = fixture();
  const before = await open();
  end(ms);
  const after = await open();
  end(ms);
  before.close();
  assert.equal(value(await text(), `mindird_requests_total{${of},code="OK"}`), 2);
  assert.equal(value(await text(), `mindird_memory_bytes{${of},kind="constants"}`), 1000);
  after.close();
  assert.doesNotMatch(await text(), /version="1"/);
});

test('metrics: scrapes at the same time are whole, each in its format', async () => {
  const { catalog, open, end } = fixture();
  for (let i = 0; i < 40; i++) await open('', `m${i}`);
  end(ms);
  const scrapes = await Promise.all(
    ['', 'application/openmetrics-text', '', ''].map((accept) => catalog.scrape(accept)),
  );
  const texts = scrapes.map(({ body }) => Buffer.concat(body).toString());
  assert.ok(texts[1]?.endsWith('# EOF\n'));
  for (const text of texts) assert.equal(text.match(/^mindird_queue_depth\{/gm)?.length, 40);
});

/** A catalog of so many versions, the second half of which is asked all the time. */
async function crowd(versions: number, busy: (i: number) => boolean): Promise<Fixture & { load(round: number): void }> {
  const parts = fixture();
  const names = Array.from({ length: versions }, (_, i) => `model${i}`);
  const opened = await Promise.all(names.map((name) => parts.open('slo: {latency: 1ms}\n', name)));
  return {
    ...parts,
    load: (round) =>
      names.forEach((servable, i) => {
        if (!busy(i)) return;
        for (let call = 0; call < 20; call++) parts.end((round + 10) * 137_123 * (1 + ((call * 7) % 20)), { servable });
        opened[i]?.executed({ rows: 1, gatherNs: 0, computeNs: 0, scatterNs: 0 });
      }),
  };
}

async function cost(
  parts: { readonly catalog: Catalog; load(round: number): void },
  accept: string,
): Promise<{ bytes: number; ms: number }> {
  let [bytes, quickest] = [0, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 10; round++) {
    parts.load(round);
    // CPU time, so that other processes on the machine do not count; the quickest round is the code's own cost.
    const start = process.cpuUsage();
    bytes = (await parts.catalog.scrape(accept)).body.reduce((sum, chunk) => sum + chunk.length, 0);
    const used = process.cpuUsage(start);
    quickest = Math.min(quickest, (used.user + used.system) / 1000);
  }
  return { bytes, ms: quickest };
}

test('metrics: bytes and processor time of a scrape of 300 versions are bounded', async () => {
  const protobuf = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
  const bounds: readonly (readonly [string, (i: number) => boolean, string, number, number])[] = [
    ['idle, text', () => false, '', 3000, 60],
    ['idle, protobuf', () => false, protobuf, 3000, 120],
    ['busy, text', () => true, '', 10_500, 90],
    ['busy, protobuf', () => true, protobuf, 5500, 200],
  ];
  for (const [name, busy, accept, mostBytes, mostMs] of bounds) {
    const { bytes, ms: used } = await cost(await crowd(300, busy), accept);
    const each = bytes / 300;
    console.log(
      `300 versions, ${name}: ${(bytes / 1e6).toFixed(2)} MB (${each.toFixed(0)} a version), ${used.toFixed(1)} ms`,
    );
    assert.ok(each <= mostBytes, `${name}: ${each} bytes a version`);
    assert.ok(used <= mostMs, `${name}: ${used} ms`);
  }
});
