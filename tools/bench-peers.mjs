// The cpu engine beside ONNX Runtime and OpenVINO: `npm run bench:peers -- --networks FOLDER`. Each network of test/bench/make_full_networks.sh, alone and back to back,
// and as the real server serves it beside peers with the same pauses; on the same pinned cores, in turn. Writes JSON and a page; with --readme also the table of
// README.md. Exit status 0: measured, 1: failed, 3: the machine was not quiet, so the files say so and README.md stays as it is.

import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { disturbed, threadText } from './bench-peers/figures.mjs';
import { measureCell, measurePeaks } from './bench-peers/measure.mjs';
import { page } from './bench-peers/page.mjs';
import { kEngineBench } from './bench-peers/sides.mjs';
import { cellLine, markdown, withRatio } from './bench-peers/table.mjs';
import { preparePeers } from './bench-peers/venv.mjs';
import { compare } from './lib/comparison.mjs';
import { machineFacts } from './lib/machine.mjs';
import { main, ToolFailure } from './lib/run.mjs';
import { duration } from './lib/steps.mjs';

const kNets = [
  ...['lenet5', 'alexnet', 'resnet50', 'vgg16', 'inception_v3', 'mobilenet_v2', 'mobilenet_v3_large'],
  ...['bert_base', 'wide_deep'],
];

const kHelp = `npm run bench:peers -- --networks FOLDER [options]
  --networks FOLDER      as test/bench/make_full_networks.sh FOLDER makes it: full/NAME.mindir, full/NAME.npz, onnx/NAME.onnx
  --nets ${kNets.join(',')}
  --threads 1,2          one number, or several by commas
  --rounds 5 --seconds 0.5     of one window; a round has six
  --quick                two rounds of a tenth of a second: does it run
  --json FILE --html FILE (build/peers.json, build/peers.html)
  --readme               puts the table into README.md
  --from FILE            measures nothing: page and table of an earlier --json
Exit status: 0 measured, 1 failed, 3 the machine was not quiet.`;

const list = (text) => text.split(',').filter((word) => word !== '');

function options() {
  const texts = ['networks', 'nets', 'threads', 'rounds', 'seconds', 'json', 'html', 'from'];
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(texts.map((name) => [name, { type: 'string' }])),
      ...Object.fromEntries(['quick', 'readme', 'help'].map((name) => [name, { type: 'boolean', default: false }])),
    },
  });
  const given = { rounds: '5', seconds: '0.5', ...(values.quick ? { rounds: '2', seconds: '0.1' } : {}), ...values };
  for (const name of ['rounds', 'seconds'])
    if (!(Number(given[name]) > 0)) throw new ToolFailure(`--${name} ${given[name]}: want a number above 0`);
  const nets = given.nets === undefined ? kNets : list(given.nets);
  for (const net of nets) if (!kNets.includes(net)) throw new ToolFailure(`--nets ${net}: want ${kNets.join(', ')}`);
  const available = os.availableParallelism();
  const threads = given.threads === undefined ? (available > 1 ? [1, 2] : [1]) : list(given.threads).map(Number);
  for (const count of threads)
    if (!Number.isInteger(count) || count < 1 || count > available)
      throw new ToolFailure(`--threads ${count}: want 1 to ${available}, the cores there are`);
  return { ...given, nets, threads, rounds: Number(given.rounds), seconds: Number(given.seconds) };
}

/** The files of a network; says which one is missing. */
function filesOf(folder, net) {
  const files = {
    mindir: path.resolve(folder, 'full', `${net}.mindir`),
    data: path.resolve(folder, 'full', `${net}.npz`),
    onnx: path.resolve(folder, 'onnx', `${net}.onnx`),
  };
  for (const file of Object.values(files))
    if (!existsSync(file)) throw new ToolFailure(`${file}: not there, run test/bench/make_full_networks.sh ${folder}`);
  return files;
}

async function measure(given) {
  const { networks, nets, threads, rounds, seconds } = given;
  if (networks === undefined) throw new ToolFailure('want --networks FOLDER, see --help');
  for (const net of nets) filesOf(networks, net);
  if (!existsSync(kEngineBench))
    throw new ToolFailure(`${kEngineBench}: not there, run node tools/build-native.mjs --target engine_bench`);
  await preparePeers();
  const from = performance.now();
  const stamp = () => `[${duration(performance.now() - from).padStart(8)}]`;
  const result = { kind: 'mindird-peers', machine: machineFacts(), nets, threads, rounds, seconds };
  const every = Array.from({ length: os.availableParallelism() }, (_, core) => core);
  const peaks = {};
  const cells = [];
  for (const count of threads) {
    const cores = every.slice(0, count);
    peaks[count] = await measurePeaks(cores);
    console.log(
      `${stamp()} ${threadText(count)}: the machine reaches ${peaks[count].gflops} GFLOP/s and ${peaks[count].gbytes} GB/s`,
    );
    for (const net of nets) {
      const place = `${cells.length + 1}/${nets.length * threads.length}`;
      const say = (text) => progress(`${stamp()} ${place} ${net}, ${threadText(count)}: ${text}`);
      cells.push(await measureCell({ ...{ net, cores, every, rounds, seconds, say }, files: filesOf(networks, net) }));
      progress('');
      console.log(`${stamp()} ${place} ${cellLine(cells.at(-1))}`);
    }
  }
  return { ...result, peaks, cells, versions: cells[0].versions, seconds_taken: (performance.now() - from) / 1000 };
}

/** What is being done, on one line that the next one takes the place of; only on a terminal. */
function progress(text) {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${text}`);
}

async function fromCommandLine() {
  const given = options();
  if (given.help) return console.log(kHelp);
  await compare('peers', given, { measure, page, markdown, disturbed, withTable: withRatio, partly: true });
}

await main('bench-peers', fromCommandLine);
