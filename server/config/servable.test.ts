import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './problem.ts';
import { defaultServable, parseServable } from './servable.ts';

test('servable: defaults', () => {
  assert.deepEqual(defaultServable(), {
    model: {
      model_file: null,
      key_file: null,
      key_env: null,
      cache_encrypted: 'refuse',
      engines: null,
      precision: null,
      keep_fp32: [],
      weights: 'full',
      engine_build: null,
      state: 'refuse',
      instances: 1,
      threads: 0,
      max_plans: 16,
      max_memory: 2 ** 31,
      memory_limit: null,
      response_cache: null,
      max_work: 2000,
      loop_steps: 1_000_000,
      inputs: [],
      outputs: [],
    },
    calibration: {
      data: null,
      method: 'min-max',
      percentile: 99.99,
      keep_fp32: [],
      cosine: 0.99,
      top1: 0.98,
      samples: 128,
    },
    batching: {
      max_batch: 1,
      max_queue_delay: 0,
      buckets: [],
      max_queue: 1024,
      queue_timeout: null,
      priority_timeouts: [],
      when_full: 'refuse',
      delay: 1000,
      priority_delays: [],
      max_delayed: 1024,
    },
    mindspore_serving: { methods: [], batch_dim: 'yes', refused: [] },
    slo: { latency: null, objective: 0.99, window: 2_592_000_000 },
    triton: { tensors: [], ignored: [] },
    versions: { latest: null, specific: [], all: 'no', labels: [], split: [] },
  });
});

test('servable: every field is read', () => {
  const text = `
model: {model_file: b.mindir, key_file: ../key, cache_encrypted: allow, engines: [reference, cpu], precision: bf16, keep_fp32: [Softmax, "net/*"], weights: 16bit, state: per_request, engine_build: background, instances: 2, threads: 1, max_plans: 3, max_memory: 3GiB, memory_limit: 5GiB, response_cache: 1MiB, max_work: 50, loop_steps: 70, inputs: [image], outputs: [logits, aux/0]}
batching: {max_batch: 8, max_queue_delay: 500us, buckets: [1, 8], max_queue: 9, queue_timeout: 1s, priority_timeouts: [1=50ms], when_full: delay, delay: 2s, priority_delays: [3=1s], max_delayed: 7}
calibration: {method: entropy, percentile: 99, keep_fp32: [MatMul], cosine: 1, top1: 0.5, samples: 9}
slo: {latency: 20ms, objective: 0.999, window: 7d}
versions: {specific: [1, 3], labels: [stable=1, canary=3], split: [stable=95, canary=5]}
`;
  assert.deepEqual(parseServable(text, 'x'), {
    model: {
      model_file: 'b.mindir',
      key_file: '../key',
      key_env: null,
      cache_encrypted: 'allow',
      engines: ['reference', 'cpu'],
      precision: 'bf16',
      keep_fp32: ['Softmax', 'net/*'],
      weights: '16bit',
      engine_build: 'background',
      state: 'per_request',
      instances: 2,
      threads: 1,
      max_plans: 3,
      max_memory: 3 * 2 ** 30,
      memory_limit: 5 * 2 ** 30,
      response_cache: 2 ** 20,
      max_work: 50,
      loop_steps: 70,
      inputs: ['image'],
      outputs: ['logits', 'aux/0'],
    },
    calibration: {
      data: null,
      method: 'entropy',
      percentile: 99,
      keep_fp32: ['MatMul'],
      cosine: 1,
      top1: 0.5,
      samples: 9,
    },
    batching: {
      max_batch: 8,
      max_queue_delay: 0.5,
      buckets: [1, 8],
      max_queue: 9,
      queue_timeout: 1000,
      priority_timeouts: ['1=50ms'],
      when_full: 'delay',
      delay: 2000,
      priority_delays: ['3=1s'],
      max_delayed: 7,
    },
    mindspore_serving: { methods: [], batch_dim: 'yes', refused: [] },
    slo: { latency: 20, objective: 0.999, window: 604_800_000 },
    triton: { tensors: [], ignored: [] },
    versions: {
      latest: null,
      specific: [1, 3],
      all: 'no',
      labels: ['stable=1', 'canary=3'],
      split: ['stable=95', 'canary=5'],
    },
  });
});

const wrong: readonly (readonly [name: string, text: string, message: string])[] = [
  [
    'an unknown precision',
    'model:\n  precision: int4\n',
    'x:2: model.precision: found "int4", want one of origin, fp32, fp16, bf16, int8',
  ],
  [
    '8 bits without samples',
    'model:\n  precision: int8\n',
    'x:2: model.precision: found "int8" without calibration.data, want samples to measure',
  ],
  [
    'samples without 8 bits',
    'calibration:\n  data: a.npz\n',
    'x:2: calibration.data: found without model.precision: int8, want both or none',
  ],
  [
    '8 bits of an encrypted model',
    'model: {precision: int8, key_env: KEY}\ncalibration: {data: a.npz}\n',
    'x:1: model.precision: found "int8" with a key, but encrypted models are not quantised',
  ],
  [
    'an unknown way to find ranges',
    'calibration:\n  method: middle\n',
    'x:2: calibration.method: found "middle", want one of min-max, percentile, entropy',
  ],
  [
    'an engine given twice',
    'model: {engines: [cpu, cpu]}\n',
    'x:1: model.engines: found ["cpu", "cpu"], want a list of distinct values out of tensorrt, cpu, reference',
  ],
  [
    'two places of a key',
    'model:\n  key_file: key\n  key_env: KEY\n',
    'x:3: model.key_env: found beside model.key_file, want only one of the two',
  ],
  [
    'a path as model file',
    'model:\n  model_file: ../b.mindir\n',
    'x:2: model.model_file: found "../b.mindir", want the plain name of a .mindir or .mindplan file in the version folder',
  ],
  [
    'two version policies',
    'versions:\n  latest: 1\n  specific: [2]\n',
    'x:3: versions.specific: found beside versions.latest, want only one of the two',
  ],
  [
    'every version beside the latest',
    'versions:\n  latest: 1\n  all: yes\n',
    'x:3: versions.all: found beside versions.latest, want only one of the two',
  ],
  [
    'a label that is none',
    'versions:\n  labels: [3=stable]\n',
    'x:2: versions.labels: found "3=stable", want LABEL=VERSION',
  ],
  [
    'a share of a label that is not there',
    'versions:\n  labels: [stable=3]\n  split: [stable=9, canary=1]\n',
    'x:3: versions.split: found "canary", want a label of versions.labels',
  ],
  [
    'a timeout of a priority that is none',
    'batching:\n  priority_timeouts: [1=soon]\n',
    'x:2: batching.priority_timeouts: found "1=soon", want PRIORITY=DURATION, the duration between 1ms and 1h',
  ],
  [
    'a delay of a priority that is given twice',
    'batching:\n  priority_delays: [1=1s, 1=2s]\n',
    'x:2: batching.priority_delays: found priority 1 twice, want each once',
  ],
  [
    'buckets out of order',
    'batching: {max_batch: 4, buckets: [4, 1]}\n',
    'x:1: batching.buckets: found sizes out of order, want them ascending',
  ],
  [
    'buckets short of max_batch',
    'batching:\n  max_batch: 8\n  buckets: [1, 4]\n',
    'x:3: batching.buckets: found 4 as the largest size, want it equal to max_batch, 8',
  ],
  [
    'a misspelt key',
    'batching:\n  max_bacth: 8\n',
    'x:2: batching.max_bacth: unknown key, the nearest known one is batching.max_batch',
  ],
  [
    'a key without its section',
    'model_file: a.mindir\n',
    'x:1: model_file: unknown key, the nearest known one is model.model_file',
  ],
];
for (const [name, text, message] of wrong) {
  test(`servable: ${name}`, () => {
    assert.throws(
      () => parseServable(text, 'x'),
      (caught: unknown) => {
        assert.ok(caught instanceof ConfigError);
        assert.equal(caught.message, message);
        return true;
      },
    );
  });
}
