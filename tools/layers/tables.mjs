// What may use what, and how large things may grow. ARCHITECTURE.md explains the layers; this is what is checked.

/** Folders of native/ and those up to two below them; whatever those may use is allowed too. */
export const nativeLayers = {
  base: [],
  tensor: ['base'],
  ir: ['tensor'],
  ops: ['ir'],
  mindir: ['ops'],
  passes: ['ops'],
  engines: ['ops'],
  'engines/reference': ['engines'],
  // Strides and threads; what runs; how a graph becomes that; what builders share; one builder per operator.
  'engines/cpu/base': ['engines'],
  'engines/cpu/kernels': ['engines/cpu/base'],
  'engines/cpu/run': ['engines/cpu/base'],
  'engines/cpu/passes': ['engines'],
  'engines/cpu/build': ['engines/cpu/run', 'engines/cpu/passes'],
  'engines/cpu/emit': ['engines/cpu/build', 'engines/cpu/kernels'],
  'engines/cpu/builders': ['engines/cpu/emit'],
  'engines/cpu': ['engines/cpu/builders'],
  'engines/tensorrt': ['engines'],
  partition: ['engines'],
  plan: ['partition', 'passes'],
  'runtime/plans': ['plan', 'mindir'],
  'runtime/file': ['runtime/plans'],
  'runtime/queue': ['runtime/plans'],
  'runtime/serve': ['runtime/file', 'runtime/queue'],
  'runtime/load': ['runtime/serve'],
  runtime: ['runtime/load'],
  // The addon starts the search for the TensorRT engine, as the engine is no part of the layers below.
  addon: ['runtime', 'engines/tensorrt'],
  // The builder's executable.
  builder: ['runtime', 'engines/tensorrt'],
  // Not shipped: targets of libFuzzer.
  fuzz: ['runtime'],
  // Not shipped: these may look into every layer but the addon.
  test: ['runtime', 'engines/cpu', 'engines/reference'],
  tools: ['test'],
};

/** Headers of libraries that only some places may include. */
export const nativeHeaders = [
  { name: 'a Node header', header: /^(napi|node_api|js_native_api|node|uv|v8)(\b|-)/, allowed: ['native/addon/'] },
  { name: 'oneDNN', header: /^(oneapi\/|dnnl)/, allowed: ['native/engines/cpu/'] },
  { name: 'the OpenMP runtime', header: /^omp\.h$/, allowed: ['native/engines/cpu/base/openmp.'] },
  { name: 'a TensorRT header', header: /^Nv(Infer|Onnx)/, allowed: ['native/engines/tensorrt/nvinfer.h'] },
  { name: 'OpenSSL', header: /^openssl\//, allowed: ['native/mindir/encryption/'] },
  { name: 'protozero', header: /^protozero\//, allowed: ['native/mindir/'] },
];

/** Names that some layers do without: what is true of one engine alone is a trait that engines tell (native/engines/traits.h). Tests may say them. */
export const nativeNames = [
  {
    name: /tensorrt|\btrt/i,
    absent: [
      'partition',
      'plan',
      'runtime/plans',
      'runtime/file',
      'runtime/queue',
      'runtime/serve',
      'runtime/load',
      'runtime',
    ],
  },
];

/**
 * Folders and files of server/ and what they may import; `types` are open to `import type` alone. `server/native/binding.ts` is the
 * only place that loads the addon, and the folder is listed apart from its types.
 */
export const serverLayers = {
  util: { uses: [] },
  errors: { uses: ['util'] },
  native: { uses: ['errors', 'util'] },
  config: { uses: ['errors', 'util'] },
  npz: { uses: ['errors', 'util'], types: ['native'] },
  log: { uses: ['errors', 'util', 'config'], types: ['native'] },
  ledger: { uses: ['errors', 'util'], types: ['native', 'model', 'config'] },
  inference: { uses: ['errors', 'util', 'ledger'], types: ['native', 'model'] },
  model: { uses: ['errors', 'util', 'log', 'config'], types: ['native'] },
  // Models in 8 bits, for the command and for the server.
  quantise: { uses: ['errors', 'util', 'native', 'npz', 'model'] },
  // Models with structured zeros, for the command.
  prune: { uses: ['quantise'] },
  // Methods of servables whose stages are functions and models.
  stages: { uses: ['errors', 'util', 'log', 'config', 'inference'], types: ['native', 'model'] },
  metrics: { uses: ['errors', 'util', 'config', 'ledger'], types: ['native', 'model'] },
  protocol: { uses: ['errors', 'util', 'ledger', 'inference'], types: ['native', 'model'] },
  transport: {
    uses: ['errors', 'util', 'log', 'config', 'ledger', 'metrics', 'inference', 'protocol'],
    types: ['model'],
  },
  tracing: { uses: ['errors', 'util', 'log', 'ledger'], types: ['model'] },
  'cache-folder': { uses: ['errors', 'util', 'model'] },
  'request-log': { uses: ['errors', 'log'], types: ['ledger'] },
  'errors-document': { uses: ['errors'] },
  access: { uses: ['errors', 'util', 'config', 'inference'] },
  security: { uses: ['errors', 'util', 'log', 'config', 'inference', 'access', 'transport'] },
  'warm-up': { uses: ['errors', 'util', 'log', 'inference', 'protocol'], types: ['config', 'model'] },
  daemon: {
    uses: [
      'errors',
      'util',
      'log',
      'config',
      'native',
      'ledger',
      'inference',
      'stages',
      'model',
      'quantise',
      'metrics',
      'protocol',
      'transport',
      'tracing',
      'cache-folder',
      'request-log',
      'security',
      'warm-up',
    ],
  },
  // The command line speaks the protocol as a client; it does not reach into the server's side of it.
  cli: {
    uses: [
      'errors',
      'util',
      'log',
      'config',
      'native',
      'inference',
      'access',
      'model',
      'metrics',
      'npz',
      'quantise',
      'prune',
      'daemon',
      'cache-folder',
    ],
  },
  program: { uses: ['errors', 'util', 'log', 'config', 'cli'] },
};

/** The only file that may load a native module. */
export const addonLoader = 'server/native/binding.ts';

export const budgets = { fileLines: 600, functionLines: 80, medianLines: 150 };

/** Files over a budget, each with the reason it may be. */
export const budgetExceptions = {};
