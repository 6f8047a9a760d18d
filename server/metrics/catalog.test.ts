import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServable } from '../config/servable.ts';
import type { OpenMetrics } from '../model/observer.ts';
import type { RequestTimes } from '../model/served.ts';
import type { NativeModel } from '../native/binding-types.ts';
import { FakeAddon } from '../native/fake.ts';
import { doublingModel } from '../native/fake-file.ts';
import { Catalog } from './catalog.ts';
import { durationBounds, modelMetrics, processMetrics } from './table.ts';

const ms = 1e6;
const times = (total: number): RequestTimes => ({
  totalNs: total,
  decodeNs: total * 0.1,
  queueNs: total * 0.2,
  gatherNs: total * 0.05,
  computeNs: total * 0.5,
  scatterNs: total * 0.05,
  encodeNs: total * 0.1,
});

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

async function open(catalog: Catalog, config = '', name = 'm', version = '1'): Promise<OpenMetrics> {
  return catalog.opened({
    name,
    version,
    native: await nativeModel(),
    config: parseServable(config, 'x'),
    report,
    loadMs: 1500,
  });
}

const modelText = (catalog: Catalog): string => Buffer.from(catalog.modelText()).toString();

function value(text: string, line: string): number {
  const found = text.split('\n').filter((candidate) => candidate.startsWith(`${line} `));
  assert.equal(found.length, 1, `${line} is there ${found.length} times`);
  return Number(found[0]?.slice(line.length + 1));
}

test('metrics: duration bounds are at most 20, from 50 µs to 10 s', () => {
  assert.ok(durationBounds.length + 1 <= 20);
  assert.equal(durationBounds[0], 50e-6);
  assert.equal(durationBounds.at(-1), 10);
});

test('metrics: a request is counted once in every metric it belongs to', async () => {
  const catalog = new Catalog({ version: '1.2.3', engines: ['cpu'] });
  const metrics = await open(catalog, 'slo: {latency: 3ms, objective: 0.9}\n');
  metrics.inFlight(1);
  metrics.observe('OK', times(2 * ms));
  metrics.observe('OK', times(4 * ms));
  metrics.observe('DEADLINE_EXCEEDED', times(1 * ms));
  metrics.observe('INVALID_ARGUMENT', times(1 * ms));
  metrics.batch(3);
  const text = (await catalog.text()).toString();
  const of = 'model="m",version="1"';
  assert.equal(value(text, `mindird_requests_total{${of},code="OK"}`), 2);
  assert.equal(value(text, `mindird_requests_total{${of},code="DEADLINE_EXCEEDED"}`), 1);
  assert.equal(value(text, `mindird_request_duration_seconds_bucket{${of},le="0.001"}`), 0);
  assert.equal(value(text, `mindird_request_duration_seconds_bucket{${of},le="0.002"}`), 1);
  assert.equal(value(text, `mindird_request_duration_seconds_bucket{${of},le="+Inf"}`), 2);
  assert.ok(Math.abs(value(text, `mindird_request_duration_seconds_sum{${of}}`) - 0.006) < 1e-9);
  assert.equal(value(text, `mindird_request_stage_duration_seconds_count{${of},stage="compute"}`), 2);
  assert.ok(Math.abs(value(text, `mindird_request_stage_duration_seconds_sum{${of},stage="copy"}`) - 0.0006) < 1e-9);
  assert.equal(value(text, `mindird_slo_requests_total{${of},good="true"}`), 1);
  assert.equal(value(text, `mindird_slo_requests_total{${of},good="false"}`), 2);
  assert.equal(value(text, `mindird_slo_latency_seconds{${of}}`), 0.003);
  assert.equal(value(text, `mindird_slo_objective_ratio{${of}}`), 0.9);
  assert.equal(value(text, `mindird_batch_size_bucket{${of},le="2"}`), 0);
  assert.equal(value(text, `mindird_batch_size_bucket{${of},le="4"}`), 1);
  assert.equal(value(text, `mindird_requests_in_flight{${of}}`), 1);
  assert.equal(value(text, `mindird_queue_depth{${of}}`), 0);
  assert.equal(value(text, `mindird_memory_bytes{${of},kind="constants"}`), 1000);
  catalog.close();
});

test('metrics: the sums of the stages are the sum of the durations', async () => {
  const catalog = new Catalog({ version: '1', engines: [] });
  const metrics = await open(catalog);
  for (let i = 1; i <= 100; i++) metrics.observe('OK', times(i * 10_000));
  const text = modelText(catalog);
  const stages = ['decode', 'queue', 'copy', 'compute', 'encode'].map((stage) =>
    value(text, `mindird_request_stage_duration_seconds_sum{model="m",version="1",stage="${stage}"}`),
  );
  const total = value(text, 'mindird_request_duration_seconds_sum{model="m",version="1"}');
  assert.ok(Math.abs(stages.reduce((a, b) => a + b) - total) < 1e-9);
  catalog.close();
});

test('metrics: device stages and memory are there only when a model runs on a device', async () => {
  const catalog = new Catalog({ version: '1', engines: [] });
  catalog.connect({
    versions: () => [],
    builds: () => [],
    deviceMemory: () => [{ device: 'a "gpu"', used: 10, total: 20 }],
    connections: () => 0,
    bytesInFlight: () => 0,
  });
  const metrics = await open(catalog);
  metrics.observe('OK', times(1e6));
  const before = (await catalog.text()).toString();
  assert.doesNotMatch(before, /^mindird_device_/m);
  assert.doesNotMatch(before, /kind="device"/);
  metrics.observe('OK', {
    ...times(1e6),
    device: { dispatchNs: 7000, toDeviceNs: 20_000, computeNs: 300_000, toHostNs: 4000 },
  });
  const after = (await catalog.text()).toString();
  const sum = (stage: string): number =>
    value(after, `mindird_device_stage_duration_seconds_sum{model="m",version="1",stage="${stage}"}`);
  assert.deepEqual(
    ['host_dispatch', 'to_device', 'compute', 'to_host'].map((stage) => Math.round(sum(stage) * 1e9)),
    [7000, 20_000, 300_000, 4000],
  );
  assert.equal(
    value(
      after,
      'mindird_device_stage_duration_seconds_bucket{model="m",version="1",stage="host_dispatch",le="0.00001"}',
    ),
    1,
  );
  assert.equal(value(after, 'mindird_device_memory_bytes{device="a \\"gpu\\"",kind="used"}'), 10);
  assert.equal(value(after, 'mindird_device_memory_bytes{device="a \\"gpu\\"",kind="total"}'), 20);
  catalog.close();
});

test('metrics: the report gives load stages, builds and nodes', async () => {
  const catalog = new Catalog({ version: '1.2.3', engines: ['tensorrt', 'cpu'] });
  catalog.connect({
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
    deviceMemory: () => [{ device: 'gpu', used: 1, total: 2 }],
    connections: () => 7,
    bytesInFlight: () => 9,
  });
  await open(catalog);
  catalog.rejected('', 'NOT_FOUND');
  catalog.loadFailed('bad', 'INVALID_MODEL');
  catalog.reloaded(false);
  catalog.cacheLookup('cpu', 'hit');
  catalog.engineBuilt('tensorrt', 'built', 45);
  catalog.backgroundBuild('m', 'swapped');
  const text = (await catalog.text()).toString();
  const of = 'model="m",version="1"';
  assert.equal(value(text, `mindird_model_load_duration_seconds{${of},stage="total"}`), 1.5);
  assert.equal(value(text, `mindird_model_load_duration_seconds{${of},stage="import"}`), 0.002);
  assert.equal(value(text, `mindird_model_load_duration_seconds{${of},stage="optimize"}`), 0.0005);
  assert.equal(value(text, `mindird_engine_build_duration_seconds{${of},engine="cpu"}`), 0.004);
  assert.equal(value(text, `mindird_partition_nodes{${of},engine="cpu"}`), 2);
  assert.equal(value(text, `mindird_partition_nodes{${of},engine="reference"}`), 1);
  assert.equal(value(text, `mindird_engine_fallbacks{${of},engine="tensorrt"}`), 1);
  assert.equal(value(text, 'mindird_engine_cache_total{engine="cpu",result="hit"}'), 1);
  const built = 'mindird_engine_subgraph_build_duration_seconds';
  assert.equal(value(text, `${built}_bucket{le="30",engine="tensorrt",result="built"}`), 0);
  assert.equal(value(text, `${built}_bucket{le="60",engine="tensorrt",result="built"}`), 1);
  assert.equal(value(text, 'mindird_engine_background_builds_total{model="m",result="swapped"}'), 1);
  assert.equal(value(text, `mindird_engine_build_progress_ratio{${of},engine="tensorrt"}`), 0.5);
  assert.equal(value(text, `mindird_engine_build_subgraph{${of},engine="tensorrt"}`), 2);
  assert.equal(value(text, `mindird_engine_build_subgraphs{${of},engine="tensorrt"}`), 3);
  assert.equal(value(text, 'mindird_model_state{model="m",version="1",state="ready"}'), 1);
  assert.equal(value(text, 'mindird_connections'), 7);
  assert.equal(value(text, 'mindird_request_bytes_in_flight'), 9);
  assert.equal(value(text, 'mindird_rejected_total{model="",code="NOT_FOUND"}'), 1);
  assert.equal(value(text, 'mindird_model_load_failures_total{model="bad",code="INVALID_MODEL"}'), 1);
  assert.equal(value(text, 'mindird_config_last_reload_success'), 0);
  assert.ok(value(text, 'process_resident_memory_bytes') > 1e6);
  assert.match(text, /mindird_build_info\{version="1\.2\.3",node="v\d+\.\d+\.\d+",engines="tensorrt,cpu"\} 1/);
  catalog.close();
});

test('metrics: when other plans serve, the report counts anew', async () => {
  const catalog = new Catalog({ version: '1', engines: [] });
  const metrics = await open(catalog);
  metrics.reported({
    plans: [{ partitions: [{ engine: 'tensorrt', build_us: 2e6 }], nodes: [{ engine: 'tensorrt' }] }],
  });
  const text = modelText(catalog);
  assert.equal(value(text, 'mindird_partition_nodes{model="m",version="1",engine="tensorrt"}'), 1);
  assert.equal(value(text, 'mindird_engine_build_duration_seconds{model="m",version="1",engine="tensorrt"}'), 2);
  assert.doesNotMatch(text, /mindird_partition_nodes\{.*engine="cpu"/);
  catalog.close();
});

test('metrics: every metric of the table is in the exposition with its type', async () => {
  const catalog = new Catalog({ version: '1', engines: [] });
  await open(catalog);
  const text = (await catalog.text()).toString();
  for (const { name, type } of [...Object.values(modelMetrics), ...Object.values(processMetrics)]) {
    assert.equal(text.split(`# TYPE ${name} ${type}\n`).length, 2, name);
  }
  catalog.close();
});

test('metrics: two copies of a version share one series, which ends with the last', async () => {
  const catalog = new Catalog({ version: '1', engines: [] });
  const before = await open(catalog);
  before.observe('OK', times(ms));
  const after = await open(catalog);
  after.observe('OK', times(ms));
  before.close();
  assert.equal(value(modelText(catalog), 'mindird_requests_total{model="m",version="1",code="OK"}'), 2);
  assert.equal(value(modelText(catalog), 'mindird_memory_bytes{model="m",version="1",kind="constants"}'), 1000);
  after.close();
  assert.doesNotMatch(modelText(catalog), /model="m"/);
  catalog.close();
});

test('metrics: a scrape of 50 busy models takes at most 5 ms', async () => {
  const catalog = new Catalog({ version: '1', engines: [] });
  const models = await Promise.all(
    Array.from({ length: 50 }, (_, i) => open(catalog, 'slo: {latency: 1ms}\n', `model${i}`)),
  );
  const durations: number[] = [];
  for (let round = 0; round < 100; round++) {
    for (const metrics of models) {
      metrics.observe('OK', times((round + 1) * 37_123));
      metrics.batch(round + 1);
    }
    // CPU time, so that other processes on the machine do not count.
    const start = process.cpuUsage();
    const bytes = await catalog.text();
    const used = process.cpuUsage(start);
    durations.push((used.user + used.system) / 1000);
    assert.ok(bytes.length > 500_000);
  }
  // The quickest round is the code's own cost; collections of garbage and a busy machine's cold caches only add to it.
  const quickest = Math.min(...durations);
  console.log(
    `scrape of 50 models: quickest ${quickest.toFixed(2)} ms, longest ${Math.max(...durations).toFixed(2)} ms`,
  );
  assert.ok(quickest <= 5, `${quickest} ms`);
  catalog.close();
});
