// A real server in a folder of its own: bin/mindird with the cpu engine on the cores given to it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from '../lib/paths.mjs';
import { ToolFailure } from '../lib/run.mjs';

const kProbe = inRoot('tools', 'reliability', 'loop-probe.mjs');
const kReadyMs = 120_000;
const kTail = 2000;

/** The folder of servables that a server reads. */
export class Repository {
  constructor(folder) {
    this.folder = folder;
    this.staging = path.join(path.dirname(folder), 'staging');
    mkdirSync(this.folder, { recursive: true });
    mkdirSync(this.staging, { recursive: true });
  }

  /** Adds a version: the folder is filled elsewhere and appears by one renaming. */
  add(name, version, file, config) {
    const staged = path.join(this.staging, `${name}-${version}`);
    mkdirSync(staged);
    try {
      linkSync(file, path.join(staged, 'model.mindir'));
    } catch {
      copyFileSync(file, path.join(staged, 'model.mindir'));
    }
    const servable = path.join(this.folder, name);
    mkdirSync(servable, { recursive: true });
    if (config !== undefined) writeFileSync(path.join(servable, 'servable_config.yaml'), config);
    renameSync(staged, path.join(servable, String(version)));
  }

  remove(name, version) {
    const gone = path.join(this.staging, `${name}-${version}-gone`);
    renameSync(path.join(this.folder, name, String(version)), gone);
    rmSync(gone, { recursive: true });
  }
}

export class Server {
  #child;
  #log;
  #said = '';
  #exit;

  /** Starts a server and waits for its ready line. `probe`: a file that the watch on its event loop writes. */
  static async start({ folder, repository, cores, environment = {}, probe }) {
    const server = new Server();
    server.#log = path.join(folder, 'server.log');
    const descriptor = openSync(server.#log, 'w');
    // Beside the launcher's own flags, so that what is measured is what is served.
    const options = `${process.env.NODE_OPTIONS ?? ''} --import=${pathToFileURL(kProbe)}`.trim();
    const watched = probe === undefined ? {} : { NODE_OPTIONS: options, MINDIRD_LOOP_PROBE: probe };
    server.#child = spawn(
      'taskset',
      [
        ...['-c', cores, inRoot('bin', 'mindird'), 'serve', '--engine', 'cpu', '--threads', '1'],
        ...['--repository', repository.folder, '--cache', path.join(folder, 'cache')],
        ...['--grpc', '127.0.0.1:0', '--http', '127.0.0.1:0'],
      ],
      { env: { ...process.env, ...environment, ...watched }, stdio: ['ignore', 'pipe', descriptor] },
    );
    closeSync(descriptor);
    server.#exit = once(server.#child, 'exit');
    await server.#ready();
    return server;
  }

  async #ready() {
    const until = performance.now() + kReadyMs;
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.#said += text;
    });
    while (!/ready: /.test(this.#said)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null || performance.now() > until) {
        this.kill();
        throw new ToolFailure(`the server did not become ready: ${this.tail}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  get pid() {
    return this.#child.pid;
  }

  get address() {
    return /grpc ([^,\s]+)/.exec(this.#said)?.[1];
  }

  /** The end of its log. */
  get tail() {
    return readFileSync(this.#log, 'utf8').slice(-kTail);
  }

  /** Text of a path of its HTTP port. */
  async get(place) {
    return (await this.#fetch(place)).text();
  }

  /** Whether it says yes to a path of its HTTP port. */
  async answers(place) {
    const response = await this.#fetch(place);
    await response.arrayBuffer();
    return response.ok;
  }

  #fetch(place) {
    const url = /http ([^,\s]+)/.exec(this.#said)?.[1];
    return fetch(`http://${url}${place}`);
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** {code, signal} of its end. */
  async exited() {
    const [code, signal] = await this.#exit;
    return { code, signal };
  }

  /** Asks it to end; {code, signal}. */
  async stop() {
    this.signal('SIGTERM');
    return this.exited();
  }

  kill() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
  }
}
