// The sides of one measurement as processes: each obeys one order a line and sleeps between them. All lead a session of their own and are pinned to the cores measured.

import { spawn } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { inRoot } from '../lib/paths.mjs';
import { ToolFailure } from '../lib/run.mjs';
import { peersPython } from './venv.mjs';

const kStopMs = 20_000;
const kTail = 1500;
const kPeer = inRoot('test', 'bench', 'peer.py');
export const kEngineBench = inRoot('build', 'release', 'native', 'tools', 'engine_bench');

/** A pinned process that answers each line it is given with a line of JSON. */
export class Side {
  #child;
  #waiting = [];
  #lines = [];
  #ended;

  constructor(name, cores, command, encode = JSON.stringify) {
    this.name = name;
    this.encode = encode;
    this.#child = spawn('taskset', ['-c', cores.join(','), ...command], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
      env: { ...process.env, GRPC_VERBOSITY: 'ERROR' },
    });
    this.gone = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.on('error', () => undefined);
    this.#child.stdin.on('error', () => undefined);
    readline.createInterface(this.#child.stdout).on('line', (line) => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#lines.push(line);
      else waiting.resolve(line);
    });
    this.#child.once('close', (code) => {
      this.#ended = new ToolFailure(`${name} ended with ${code}`);
      for (const { reject } of this.#waiting) reject(this.#ended);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** The next line, as an object; what it says went wrong is thrown. */
  async next() {
    const line =
      this.#lines.shift() ??
      (await new Promise((resolve, reject) => {
        if (this.#ended !== undefined) reject(this.#ended);
        else this.#waiting.push({ resolve, reject });
      }));
    const answer = JSON.parse(line);
    if (answer.error !== undefined) throw new ToolFailure(`${this.name}: ${answer.error}`);
    return answer;
  }

  ask(order) {
    this.#child.stdin.write(`${this.encode(order)}\n`);
    return this.next();
  }

  async stop() {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), kStopMs);
    await this.gone;
    clearTimeout(timer);
  }
}

/** The engine alone; `plain`: operator by operator. */
export const engineSide = (cores, model, raw, plain = false) =>
  new Side(
    plain ? 'native' : 'engine',
    cores,
    [
      ...[kEngineBench, model, '--obey', '--threads', String(cores.length)],
      ...['--inputs', raw.inputs, '--expect', raw.outputs, ...(plain ? ['--plain'] : [])],
    ],
    ({ runs }) => String(runs),
  );

export const peerSide = (name, cores, model, data) =>
  new Side(name, cores, [peersPython, kPeer, name, model, data, String(cores.length)]);

export const clientSide = (cores, address, model, data) =>
  new Side('client', cores, [peersPython, kPeer, 'client', address, model, data]);

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** A mindird with one model, ready. */
export class ServedModel {
  static async start(folder, cores, name, model, limitMs) {
    const served = new ServedModel();
    const version = path.join(folder, 'servables', name, '1');
    mkdirSync(version, { recursive: true });
    try {
      linkSync(model, path.join(version, 'model.mindir'));
    } catch {
      copyFileSync(model, path.join(version, 'model.mindir'));
    }
    const [grpc, http] = [await freePort(), await freePort()];
    served.address = `127.0.0.1:${grpc}`;
    served.log = path.join(folder, 'log');
    const log = openSync(served.log, 'w');
    const command = [
      ...[inRoot('bin', 'mindird'), 'serve', '--engine', 'cpu', '--threads', String(cores.length)],
      ...['--repository', path.join(folder, 'servables'), '--cache', path.join(folder, 'cache')],
      ...['--grpc', served.address, '--http', `127.0.0.1:${http}`],
    ];
    served.child = spawn('taskset', ['-c', cores.join(','), ...command], {
      stdio: ['ignore', log, log],
      detached: true,
    });
    served.child.on('error', () => undefined);
    served.gone = new Promise((resolve) => served.child.once('exit', resolve));
    try {
      await served.#ready(`http://127.0.0.1:${http}/v2/models/${name}/ready`, limitMs);
    } catch (error) {
      await served.stop();
      throw error;
    }
    return served;
  }

  get pid() {
    return this.child.pid;
  }

  get #over() {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async #ready(url, limitMs) {
    const end = performance.now() + limitMs;
    for (;;) {
      const answer = await fetch(url).catch(() => undefined);
      if (answer?.ok) return;
      if (this.#over || performance.now() > end)
        throw new ToolFailure(`mindird is not ready: ${readFileSync(this.log, 'utf8').slice(-kTail)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop() {
    if (!this.#over) this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), kStopMs);
    await this.gone;
    clearTimeout(timer);
  }
}
