// Every field of servable_config.yaml, once.

import type { ConfigOf } from './field.ts';
import type { ModulePlan } from './servable-module/plan.ts';
import type { WarmUpSample } from './triton/warm-up.ts';

export const servableFields = {
  model: {
    doc: 'The model file and how it is compiled.',
    fields: {
      model_file: {
        kind: 'text',
        default: null,
        doc: 'file in the version folder that is the model; needed only where a version folder holds several; otherwise a .mindplan file goes before a .mindir file',
      },
      key_file: {
        kind: 'path',
        default: null,
        doc: 'file with the key of an encrypted model, 16, 24 or 32 bytes and nothing else, relative to the folder of the servable; without it and key_env: the file that the environment variable MINDIRD_MODEL_KEY_FILE names, or the key in MINDIRD_MODEL_KEY',
      },
      key_env: {
        kind: 'text',
        default: null,
        doc: 'environment variable that holds the key of an encrypted model; a file is the better place',
      },
      cache_encrypted: {
        kind: 'choice',
        default: 'refuse',
        values: ['refuse', 'allow'],
        doc: 'whether engines made of an encrypted model may lie in the engine cache and in plan files, which hold its weights in plain',
      },
      engines: {
        kind: 'choices',
        default: null,
        values: ['tensorrt', 'cpu', 'reference'],
        hidden: ['native'],
        doc: "engines in order of preference; without it the server's choice",
      },
      precision: {
        kind: 'choice',
        default: null,
        values: ['origin', 'fp32', 'fp16', 'bf16', 'int8'],
        doc: "number format of the computation; without it the server's engine.precision. int8: convolutions and dense layers multiply 8-bit integers, whose ranges are measured on the samples of calibration.data before the version is loaded; the rest is in the server's engine.precision",
      },
      keep_fp32: {
        kind: 'texts',
        default: [],
        doc: 'what stays in fp32 when the precision is lower: names of nodes, in which * stands for any characters, or of operators',
      },
      weights: {
        kind: 'choice',
        default: 'full',
        values: ['full', '16bit'],
        doc: 'how the cpu engine stores the constant weights of matrix products of few rows: as in the model, or, where that is measured to be faster and rounds no more than fp16 would, in 16 bits with a scale for each column; what is computed stays fp32, and keep_fp32 names what stays as it is',
      },
      engine_build: {
        kind: 'choice',
        default: null,
        values: ['block', 'background'],
        doc: "whether the model is ready only when all its engines are built (block) or serves by cpu meanwhile (background); without it the server's engine.build",
      },
      state: {
        kind: 'choice',
        default: 'refuse',
        values: ['refuse', 'per_request'],
        doc: 'what becomes of a model that writes parameters its results depend on: it is refused, or every request starts from the values in the file (per_request)',
      },
      instances: {
        kind: 'integer',
        default: 1,
        min: 1,
        max: 64,
        doc: 'threads of execution, each with buffers of its own',
      },
      threads: {
        kind: 'integer',
        default: 0,
        min: 0,
        max: 1024,
        doc: "threads one inference may use; 0: the server's setting",
      },
      max_plans: {
        kind: 'integer',
        default: 16,
        min: 1,
        max: 1024,
        doc: 'exact-shape plans kept for a model with unknown sizes; requests for which a new one is built have half of the builder at most, and are refused with OVERLOADED beyond it. Lengths are not padded to others (TUNING.md, Open lengths)',
      },
      max_memory: {
        kind: 'size',
        default: '2GiB',
        min: '1MiB',
        max: '1TiB',
        doc: 'a model with a node that reads and writes more than this, weights apart, is refused',
      },
      memory_limit: {
        kind: 'size',
        default: null,
        min: '1KiB',
        max: '1024TiB',
        doc: 'memory that one version may hold: constants, packed weights, arenas, kernels, that on devices, and model.response_cache. A load that would pass it fails with the numbers; without it there is no limit',
      },
      response_cache: {
        kind: 'size',
        default: null,
        min: '1KiB',
        max: '1TiB',
        doc: 'memory for answers: a request with the same bytes as one before is answered from it without a run, in no method with stages; those used longest ago go first. Of a model that draws random numbers it repeats them. Without it nothing is kept',
      },
      max_work: {
        kind: 'integer',
        default: 2000,
        min: 1,
        max: 1_000_000_000,
        doc: 'a model that needs more than so many billions of multiply-adds in one execution, one round of each loop, is refused',
      },
      loop_steps: {
        kind: 'integer',
        default: 1_000_000,
        min: 1,
        max: 1_000_000_000,
        doc: 'a request whose loops take more rounds than this together fails; its deadline ends them too',
      },
      inputs: {
        kind: 'names',
        default: [],
        doc: "names of the inputs: those of the model in any order, or as many others in graph order, which take their place; without it the model's own",
      },
      outputs: {
        kind: 'names',
        default: [],
        doc: 'names of the outputs in graph order; without it output_0, output_1, …',
      },
    },
  },
  calibration: {
    doc: 'How a model is quantised, with model.precision: int8.',
    fields: {
      data: {
        kind: 'path',
        default: null,
        doc: '.npz file of samples, or a folder of them, relative to the folder of the servable: an array for each input, by its name or as input_0, input_1, …',
      },
      method: {
        kind: 'choice',
        default: 'min-max',
        values: ['min-max', 'percentile', 'entropy'],
        doc: 'how the range of an activation is found: its largest magnitude, the one that calibration.percentile percent of the values are within, or the one that loses least information',
      },
      percentile: {
        kind: 'fraction',
        default: 99.99,
        min: 50,
        max: 100,
        doc: 'with calibration.method: percentile, the share of values inside the range, in percent',
      },
      keep_fp32: {
        kind: 'texts',
        default: [],
        doc: 'convolutions and dense layers that stay as they are: names of nodes, in which * stands for any characters, or of operators',
      },
      cosine: {
        kind: 'fraction',
        default: 0.99,
        min: 0.5,
        max: 1,
        doc: 'least cosine similarity of the outputs with those of the model itself; the nodes that cost most stay as they are until it is reached',
      },
      top1: {
        kind: 'fraction',
        default: 0.98,
        min: 0.01,
        max: 1,
        doc: 'least share of predictions that stay the same',
      },
      samples: {
        kind: 'integer',
        default: 128,
        min: 1,
        max: 1_000_000,
        doc: 'most samples to use',
      },
    },
  },
  batching: {
    doc: 'Combining requests into one execution.',
    fields: {
      max_batch: {
        kind: 'integer',
        default: 1,
        min: 1,
        max: 4096,
        doc: 'largest number of rows in one execution; 1: requests are never combined. A request with more rows runs in pieces',
      },
      max_queue_delay: {
        kind: 'duration',
        default: '0ms',
        min: '0ms',
        max: '10s',
        doc: 'how long a free instance waits for a fuller batch, less where a deadline demands it; 0ms: it takes what is there',
      },
      buckets: {
        kind: 'integers',
        default: [],
        min: 1,
        max: 4096,
        doc: 'batch sizes plans are made for, ascending; without it 1 and the powers of two up to max_batch',
      },
      max_queue: {
        kind: 'integer',
        default: 1024,
        min: 1,
        max: 1_000_000,
        doc: 'requests that may wait; when_full says what becomes of more',
      },
      when_full: {
        kind: 'choice',
        default: 'refuse',
        values: ['refuse', 'delay'],
        doc: 'what becomes of a request that finds max_queue others waiting: it is refused at once with OVERLOADED, or waits for room in a second line (delay), in order, until its deadline or for delay',
      },
      delay: {
        kind: 'duration',
        default: '1s',
        min: '1ms',
        max: '1h',
        doc: 'longest wait for room in a full queue, with when_full: delay; then it fails with OVERLOADED. The wait in the queue begins when there is room',
      },
      priority_delays: {
        kind: 'texts',
        default: [],
        doc: 'the same for requests of one priority, written PRIORITY=DURATION; priority 0 is that of requests that name none',
      },
      max_delayed: {
        kind: 'integer',
        default: 1024,
        min: 1,
        max: 1_000_000,
        doc: 'requests that may wait for room; more are refused at once with OVERLOADED. What they hold counts in server.max_bytes_in_flight and server.max_requests_in_flight',
      },
      queue_timeout: {
        kind: 'duration',
        default: null,
        min: '1ms',
        max: '1h',
        doc: 'longest wait of a request in the queue, whatever deadline it brings; then it fails with DEADLINE_EXCEEDED. Without it only deadlines end the wait',
      },
      priority_timeouts: {
        kind: 'texts',
        default: [],
        doc: 'the same for requests of one priority, written PRIORITY=DURATION, such as 1=50ms and 2=1s; priority 0 is that of requests that name none',
      },
    },
  },
  slo: {
    doc: 'The service-level objective that good and bad requests are counted against.',
    fields: {
      latency: {
        kind: 'duration',
        default: null,
        min: '1us',
        max: '1h',
        doc: 'a request that succeeds within this is good; without it nothing is counted',
      },
      objective: {
        kind: 'fraction',
        default: 0.99,
        min: 0.5,
        max: 0.999999,
        doc: 'share of requests that should be good',
      },
      window: {
        kind: 'duration',
        default: '30d',
        min: '1h',
        max: '90d',
        doc: 'time over which the share is meant: the budget of bad requests is that of so long',
      },
    },
  },
  mindspore_serving: {
    doc: 'What clients of MindSpore Serving see of the servable.',
    fields: {
      methods: {
        kind: 'texts',
        default: [],
        doc: 'methods beside predict, whose arguments and results are the model\'s inputs and outputs by their names: NAME(ARGUMENT, …) -> (RESULT, …) gives them other names, in the model\'s order, such as "add_common(x1, x2) -> (y)"',
      },
      batch_dim: {
        kind: 'choice',
        default: 'yes',
        values: ['yes', 'no'],
        doc: 'yes: instances are samples, and the first dimension of the inputs is that of samples; no: instances have the shapes of the model (with_batch_dim=False)',
      },
      refused: {
        kind: 'texts',
        default: [],
        doc: 'methods that are not available, each with the reason: NAME: REASON. Reading a servable_config.py fills it',
      },
    },
  },
  triton: {
    doc: 'What is known of a config.pbtxt of Triton.',
    fields: {
      tensors: {
        kind: 'texts',
        default: [],
        doc: 'tensors that the model has to have, such as "input image FP32 -1,1,32,32"; another one is a failure to load. Reading a config.pbtxt fills it',
      },
      ignored: {
        kind: 'texts',
        default: [],
        doc: 'its fields that have no meaning here, each with its line. Reading a config.pbtxt fills it, and mindird check shows it',
      },
    },
  },
  versions: {
    doc: 'Which versions are served. At most one of the three may be given.',
    fields: {
      latest: {
        kind: 'integer',
        default: null,
        min: 1,
        max: 100,
        doc: "serve this many of the highest versions; without it the server's repository.keep_versions. A version that fails to load does not count",
      },
      specific: {
        kind: 'integers',
        default: [],
        min: 1,
        max: 9_007_199_254_740_991,
        doc: 'serve exactly these versions',
      },
      all: {
        kind: 'choice',
        default: 'no',
        values: ['no', 'yes'],
        doc: 'yes: serve every version there is',
      },
      labels: {
        kind: 'texts',
        default: [],
        doc: 'names for versions, written LABEL=VERSION, such as stable=3: a request may name the label as its version, and the version is served whatever the rest says',
      },
      split: {
        kind: 'texts',
        default: [],
        doc: 'which part of the requests that name no version goes to which label, written LABEL=SHARE in whole numbers, such as stable=95 and canary=5; requests with the same parameter mindird_sticky go to the same. Without it the highest version gets all',
      },
    },
  },
} as const;

/** One servable's configuration after loading; `chains` where it has methods with stages, `warmUps` where a config.pbtxt describes requests. */
export type ServableConfig = ConfigOf<typeof servableFields> & {
  readonly chains?: ModulePlan;
  readonly warmUps?: readonly WarmUpSample[];
};
