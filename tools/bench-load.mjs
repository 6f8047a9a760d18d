// How long models of growing size take to load: `npm run bench:load [-- --json] [--sizes 1000,2000] [--engine cpu]`. Two kinds of network without MindSpore:
//
//   deep   layers of a dense layer, its bias, an activation and the sum with what came before
//   conv   convolutions with batch normalisation, an activation and the sum with what came before: what most passes work on
//   grid   layers of four nodes, each of which reads all four before it: the paths through it are 4^layers
//
// Times are processor time of the process as a whole, in seconds, so that a busy machine does not matter much.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { inRoot } from './lib/paths.mjs';
import { message, number, varint } from './lib/protobuf.mjs';
import { main, ToolFailure } from './lib/run.mjs';

const kWidth = 4;
const kFloat = 1;

/** The text of a graph in MindIR's fields, written node by node. */
class Writer {
  #parts = [];
  #counter = 0;

  /** A weight of that shape; its name. */
  weight(shape, change = (value) => value) {
    const name = `g:w${this.#counter}`;
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
      change(Math.sin(this.#counter + i) / 2),
    );
    this.#counter += 1;
    const dims = shape.map((dim) => number(1, dim));
    this.#parts.push(message(3, ...dims, number(2, kFloat), message(7, name), message(9, Buffer.from(values.buffer))));
    return name;
  }

  /** A node; the name of its result. `attributes`: [name, message fields] pairs. */
  node(op, inputs, attributes = []) {
    const name = `n${this.#counter}`;
    this.#counter += 1;
    const fields = attributes.map(([key, ...value]) => message(5, message(1, key), ...value));
    this.#parts.push(
      message(
        1,
        ...inputs.map((input) => message(1, input)),
        message(2, name),
        message(3, name),
        message(4, op),
        ...fields,
      ),
    );
    return name;
  }

  /** A number as a constant; its name. */
  index(value) {
    return this.node('Constant', [], [['value', ...whole(value)]]);
  }

  file(input, output, shape = [2, kWidth]) {
    const declared = message(
      5,
      message(1, input),
      message(2, ...shape.map((dim) => number(1, dim)), number(2, kFloat)),
    );
    return Buffer.concat([message(1, '1.1'), message(7, declared, ...this.#parts, message(6, message(1, output)))]);
  }
}

const text = (name, value) => [name, message(5, value), number(16, 8)];
const whole = (value) => [number(3, value), number(16, 7)];
const tuple = (name, ...values) => [name, ...values.map((value) => message(17, ...whole(value))), number(16, 20)];
const real = (name, value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [name, varint((2 << 3) | 5), bytes, number(16, 1)];
};
const flag = (name, value) => [name, number(3, value), number(16, 9)];

/** Networks by kind: the bytes of a file with about `nodes` nodes. */
export const kinds = {
  deep(nodes) {
    const writer = new Writer();
    let x = 'g:x';
    for (let i = 0; i < nodes / 4; ++i) {
      const product = writer.node(
        'MatMul',
        [x, writer.weight([kWidth, kWidth])],
        [flag('transpose_a', 0), flag('transpose_b', 1)],
      );
      const sum = writer.node('BiasAdd', [product, writer.weight([kWidth])], [text('format', 'NCHW')]);
      x = writer.node('Add', [x, writer.node('Tanh', [sum])]);
    }
    return writer.file('g:x', x);
  },
  conv(nodes) {
    const writer = new Writer();
    const sizes = [tuple('stride', 1, 1, 1, 1), tuple('dilation', 1, 1, 1, 1), tuple('pad_list', 0, 0, 0, 0)];
    const attributes = [
      ...sizes,
      tuple('pad', 0, 0, 0, 0),
      text('pad_mode', 'valid'),
      text('format', 'NCHW'),
      ['group', ...whole(1)],
      ['mode', ...whole(1)],
      ['out_channel', ...whole(kWidth)],
      tuple('kernel_size', 1, 1),
    ];
    let x = 'g:x';
    for (let i = 0; i < nodes / 5; ++i) {
      const y = writer.node('Conv2D', [x, writer.weight([kWidth, kWidth, 1, 1])], attributes);
      // The variance is a weight like any other here, and may not be below zero.
      const spread = writer.weight([kWidth], (value) => value * value);
      const weights = [writer.weight([kWidth]), writer.weight([kWidth]), writer.weight([kWidth]), spread];
      const norm = writer.node(
        'BatchNorm',
        [y, ...weights],
        [flag('is_training', 0), real('epsilon', 1e-5), text('format', 'NCHW')],
      );
      x = writer.node('Add', [x, writer.node('ReLU', [writer.node('TupleGetItem', [norm, writer.index(0)])])]);
    }
    return writer.file('g:x', x, [1, kWidth, 2, 2]);
  },
  grid(nodes) {
    const writer = new Writer();
    let row = Array.from({ length: kWidth }, () => writer.node('Mul', ['g:x', writer.weight([kWidth])]));
    for (let i = 1; i < nodes / (kWidth * 5); ++i) {
      row = row.map(() => {
        const halves = [writer.node('Add', [row[0], row[1]]), writer.node('Add', [row[2], row[3]])];
        return writer.node('Tanh', [writer.node('Mul', [writer.node('Add', halves), writer.weight([kWidth])])]);
      });
    }
    return writer.file(
      'g:x',
      writer.node('Add', [writer.node('Add', [row[0], row[1]]), writer.node('Add', [row[2], row[3]])]),
    );
  },
};

const options = (file, engine) => ({
  path: file,
  label: 'load',
  engines: [engine],
  precision: 'origin',
  keepFp32: [],
  outputNames: [],
  threads: 1,
  instances: 1,
  maxBatch: 1,
  maxQueueDelayUs: 0,
  buckets: [],
  maxQueue: 1,
  maxPlans: 1,
  maxMemory: 0,
  maxWork: 0,
  loopSteps: 1_000_000,
  cacheDir: null,
});

/** Loads one network; seconds by stage. */
export async function measure(addon, folder, kind, nodes, engine) {
  const file = path.join(folder, `${kind}.mindir`);
  writeFileSync(file, kinds[kind](nodes));
  const before = process.cpuUsage();
  const model = await addon.load(options(file, engine));
  const used = process.cpuUsage(before);
  const report = JSON.parse(model.report());
  await model.close();
  const seconds = (us) => (us ?? 0) / 1e6;
  const [plan] = report.plans;
  const stages = Object.fromEntries(
    Object.entries({ ...report.stages, ...plan.stages }).map(([name, us]) => [name.replace(/_us$/, ''), seconds(us)]),
  );
  return { kind, nodes, cpu_seconds: (used.user + used.system) / 1e6, stages };
}

async function fromCommandLine() {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      sizes: { type: 'string', default: '625,1250,2500,5000,10000' },
      engine: { type: 'string', default: 'cpu' },
    },
  });
  const sizes = values.sizes.split(',').map(Number);
  if (sizes.some((size) => !Number.isInteger(size) || size < 8))
    throw new ToolFailure('--sizes: want numbers of nodes like 1000,4000');
  const addon = createRequire(import.meta.url)(inRoot('build', 'release', 'mindird.node'));
  addon.configure({ threads: 1 });
  addon.setCompletionHandler(() => undefined);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mindird-load-'));
  const rows = [];
  try {
    // The first load also pays for what a process does once.
    await measure(addon, folder, 'deep', 8, values.engine);
    for (const kind of Object.keys(kinds))
      for (const size of sizes) rows.push(await measure(addon, folder, kind, size, values.engine));
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (values.json) return console.log(JSON.stringify(rows, null, 1));
  for (const { kind, nodes, cpu_seconds, stages } of rows) {
    const text = Object.entries(stages).map(([name, seconds]) => `${name} ${seconds.toFixed(3)}`);
    console.log(
      `${kind.padEnd(5)} ${String(nodes).padStart(6)} nodes  ${cpu_seconds.toFixed(3).padStart(8)} s of processor time:  ${text.join('  ')}`,
    );
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main('bench-load', fromCommandLine);
