// Every field of mindird.yaml, once.

import type { ConfigOf } from './field.ts';

export const serverFields = {
  server: {
    doc: 'Listening addresses and limits of the two ports.',
    fields: {
      grpc: {
        kind: 'addresses',
        default: ['0.0.0.0:5500'],
        flag: 'grpc',
        reload: false,
        doc: 'addresses of the gRPC port; port 0 takes a free one',
      },
      http: {
        kind: 'address',
        default: '0.0.0.0:5501',
        flag: 'http',
        reload: false,
        doc: 'address of the HTTP port: metrics, health, model reports and the status page',
      },
      admin: {
        kind: 'address',
        default: null,
        reload: false,
        doc: 'address or unix:PATH that takes what changes the running server (PUT /log-level), which the HTTP port then refuses; without it the HTTP port takes it',
      },
      hosts: {
        kind: 'texts',
        default: [],
        reload: false,
        doc: 'names by which the HTTP port may be asked beside addresses, names without a dot and private ones (.local, .internal, .svc); a page in a browser could otherwise reach it by a name of its own. "*" allows every name; probes and metrics answer under any',
      },
      max_message: {
        kind: 'size',
        default: '100MiB',
        min: '1KiB',
        max: '2047MiB',
        reload: false,
        doc: 'largest gRPC message accepted or sent',
      },
      max_bytes_in_flight: {
        kind: 'size',
        default: '1GiB',
        min: '1MiB',
        max: '1TiB',
        reload: false,
        doc: 'sum of request messages held at one time; more are refused with OVERLOADED',
      },
      max_requests_in_flight: {
        kind: 'integer',
        default: 4096,
        min: 1,
        max: 1_000_000,
        reload: false,
        doc: 'requests in flight over all servables; more are refused with OVERLOADED',
      },
      max_connections: {
        kind: 'integer',
        default: 1024,
        min: 1,
        max: 1_000_000,
        reload: false,
        doc: 'gRPC connections open at one time',
      },
      max_streams: {
        kind: 'integer',
        default: 1024,
        min: 1,
        max: 65_536,
        reload: false,
        doc: 'calls at one time on one gRPC connection',
      },
      drain_delay: {
        kind: 'duration',
        default: '0s',
        min: '0s',
        max: '10m',
        reload: true,
        doc: 'time between turning not ready and refusing new connections when the server stops, for load balancers to notice',
      },
      drain_timeout: {
        kind: 'duration',
        default: '30s',
        min: '0s',
        max: '1h',
        reload: true,
        doc: 'longest wait for requests in flight when the server stops',
      },
    },
  },
  repository: {
    doc: 'Where servables are found.',
    fields: {
      path: {
        kind: 'path',
        default: 'servables',
        flag: 'repository',
        reload: true,
        doc: 'folder of servables: NAME/servable_config.yaml and NAME/VERSION/model.mindir',
      },
      poll: {
        kind: 'duration',
        default: '2s',
        min: '50ms',
        max: '1h',
        reload: true,
        doc: 'time between two looks at the repository',
      },
      keep_versions: {
        kind: 'integer',
        default: 2,
        min: 1,
        max: 100,
        reload: true,
        doc: 'how many of the highest versions of a servable are served, where its own file does not say',
      },
    },
  },
  engine: {
    doc: 'What runs the models.',
    fields: {
      use: {
        kind: 'choice',
        default: 'auto',
        values: ['auto', 'cpu', 'reference', 'tensorrt'],
        hidden: ['native'],
        flag: 'engine',
        reload: false,
        doc: 'auto: TensorRT where it is available, then cpu; any value set here overrides the engines of every servable',
      },
      precision: {
        kind: 'choice',
        default: 'origin',
        values: ['origin', 'fp32', 'fp16', 'bf16'],
        flag: 'precision',
        reload: false,
        doc: 'number format of the computation; origin: as in the model file; fp16, bf16: that one where an engine gains from it, fp32 elsewhere',
      },
      build: {
        kind: 'choice',
        default: 'block',
        values: ['block', 'background'],
        flag: 'engine-build',
        reload: false,
        doc: 'block: a model is ready when all its engines are built; background: it is ready with those that build at once, and engines that take minutes (tensorrt) take over when they are built',
      },
      threads: {
        kind: 'integer',
        default: 0,
        min: 0,
        max: 1024,
        flag: 'threads',
        reload: false,
        doc: "threads one inference may use; 0: as many as the container's CPU quota allows",
      },
    },
  },
  tensorrt: {
    doc: 'The TensorRT engine, which is used where its library and a GPU are found.',
    fields: {
      library_path: {
        kind: 'path',
        default: null,
        reload: false,
        doc: "folder of libnvinfer.so.11 or .10, or that file; without it LD_LIBRARY_PATH, the system's library folders and pip's tensorrt_libs are searched",
      },
      tf32: {
        kind: 'choice',
        default: 'off',
        values: ['off', 'on'],
        reload: false,
        doc: 'on: fp32 convolutions and matrix products may round their operands to TF32, 10 bits of mantissa, which is faster',
      },
      plugins: {
        kind: 'texts',
        default: [],
        reload: false,
        doc: "libraries of TensorRT plugins, which run in the server's process with all its rights; what they export is used where plugin_map says so",
      },
      plugin_map: {
        kind: 'texts',
        default: [],
        reload: false,
        doc: 'primitives that plugins compute, written primitive=creator[:version][@namespace][(field;field=attribute;field=#input)], such as "Sort=MySort:1(axis)"; a field comes from an attribute of the primitive or from its positional input',
      },
      build_timeout: {
        kind: 'duration',
        default: '30m',
        min: '1s',
        max: '24h',
        reload: false,
        doc: 'a process that builds an engine for longer is ended, and the next engine takes its subgraph',
      },
    },
  },
  cache: {
    doc: 'Built engines kept on disk.',
    fields: {
      path: {
        kind: 'path',
        default: null,
        flag: 'cache',
        reload: false,
        doc: 'folder of the engine cache; without it ${XDG_CACHE_HOME:-~/.cache}/mindird. A folder that cannot be written is a warning and the cache stays off',
      },
      max_size: {
        kind: 'size',
        default: '10GiB',
        min: '1MiB',
        max: '1024TiB',
        reload: false,
        doc: 'what the folder may hold: when an engine is stored, those used longest ago go',
      },
    },
  },
  tracing: {
    doc: 'Traces of calls for OpenTelemetry; off without an endpoint.',
    fields: {
      endpoint: {
        kind: 'text',
        default: null,
        reload: false,
        doc: 'address that takes OTLP over HTTP, such as http://collector:4318/v1/traces; calls whose traceparent says that they are sampled are told there, with a span for each stage',
      },
      sample: {
        kind: 'fraction',
        default: 0,
        min: 0,
        max: 1,
        reload: false,
        doc: 'share of the calls without a traceparent that begin a trace',
      },
    },
  },
  log: {
    doc: 'Logging to standard error, one JSON object a line.',
    fields: {
      level: {
        kind: 'choice',
        default: 'info',
        values: ['debug', 'info', 'warn', 'error'],
        flag: 'log-level',
        reload: true,
        doc: 'least severe level written',
      },
      slowest: {
        kind: 'integer',
        default: 1,
        min: 0,
        max: 8,
        reload: true,
        doc: 'how many of the slowest requests of each minute get a line (request.slow) with the time each stage took',
      },
    },
  },
} as const;

/** The server's configuration after loading; relative paths are already absolute. */
export type ServerConfig = ConfigOf<typeof serverFields>;
