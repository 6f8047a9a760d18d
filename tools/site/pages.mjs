// What the site is made of: groups of pages, each a Markdown file of the checkout with a line that says what it is for. Documents of docs/ that are not named here stand in the
// group `unlisted` under their own titles.

export const groups = [
  {
    title: 'Begin',
    pages: [
      ['README.md', 'Overview', 'What mindird is, what it does and does not do, and its figures.'],
      ['docs/GETTING_STARTED.md', 'Getting started', 'From nothing to a model of yours behind an address.'],
      ['docs/SERVABLES.md', 'Methods of a servable', 'Chains of models and functions of yours.'],
      ['docs/examples/photo/README.md', 'Example: images in, labels out', 'JPEG files in, names of digits out.'],
      ['docs/examples/clients/README.md', 'Example: clients', 'The same client in Python, TypeScript, Go and Java.'],
      ['tools/export/README.md', 'Exporting from MindSpore', 'Exports worked through, and compared with MindSpore.'],
    ],
  },
  {
    title: 'Run',
    pages: [
      ['docs/CONFIG.md', 'Configuration', 'Every setting of the server and of a servable.'],
      ['docs/DEPLOYMENT.md', 'Deployment', 'Packages, Docker, Kubernetes, KServe, systemd, balancing gRPC.'],
      ['docs/CAPACITY.md', 'Capacity', 'How many replicas a rate of requests needs.'],
      ['docs/TUNING.md', 'Tuning', 'Threads, batching, precision, caches: what to turn and what tells that it did.'],
      ['docs/QUANTISATION.md', 'Models in 8 bits', 'Quantised from samples, by a command or by the server.'],
      ['docs/PRUNING.md', 'Structured zeros', 'Two zeros in every four weights, for TensorRT.'],
      ['docs/PROFILE.md', 'Profiles', 'Where the time of a run goes, step by step.'],
      ['docs/TENSORRT.md', 'TensorRT', 'The engine for NVIDIA GPUs.'],
      ['docs/RELIABILITY.md', 'Reliability', 'Overload, reloads and stops under load, measured.', { optional: true }],
    ],
  },
  {
    title: 'Look up',
    pages: [
      ['docs/HTTP.md', 'Inference over HTTP', 'The Open Inference Protocol and MindSpore Serving’s REST.'],
      ['docs/METRICS.md', 'Metrics', 'Every metric, its labels and its meaning; rules and alerts.'],
      ['docs/ERRORS.md', 'Errors', 'Every code: what it means to a caller, and whether to send again.'],
      ['docs/OPERATORS.md', 'Operators', 'Every MindIR primitive: what runs, how, and why.'],
      ['CHANGELOG.md', 'Changes', 'What is new.'],
    ],
  },
  {
    title: 'Move over',
    pages: [
      ['docs/MINDSPORE_SERVING.md', 'From MindSpore Serving', 'Directories and clients, as they are.'],
      ['docs/TRITON.md', 'From Triton', 'Clients, tools and config.pbtxt, as they are.'],
    ],
  },
  {
    title: 'Work on it',
    pages: [
      ['ARCHITECTURE.md', 'Architecture', 'How it works.'],
      ['CONTRIBUTING.md', 'Contributing', 'How to change it.'],
      ['test/bench/README.md', 'How speed is measured', 'Benchmarks and their rules.'],
      ['test/gpu/README.md', 'On a GPU', 'What checks and measures the TensorRT engine on one.'],
    ],
  },
];

/** The group of what is not named. */
export const unlisted = 'Look up';

/** The name of a page's file in the site. */
export const outputOf = (file) =>
  `${file
    .replace(/^docs\//, '')
    .replace(/\/?README\.md$|\.md$/, '')
    .replaceAll(/[/_]/g, '-')
    .toLowerCase()}.html`.replace(/^\.html$/, 'overview.html');
