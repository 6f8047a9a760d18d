// A server of its own for one engine: started as a child process on free loopback ports, stopped with SIGTERM.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { IndexEntry } from '../client/messages.ts';
import { InferenceClient } from '../client/open-inference.ts';
import { CommandFailure } from '../failure.ts';

/** How to start the server and with which settings. */
export interface ChildOptions {
  /** Program and first arguments; the `serve` flags follow. */
  readonly command: readonly string[];
  readonly engine: string;
  readonly repository: string;
  readonly cache: string | undefined;
  readonly threads: number | undefined;
}

/** Called while models load, with what has been settled so far. */
export type LoadProgress = (settled: number, known: number, elapsedMs: number) => void;

const pollMs = 100;
const stopMs = 30_000;
const connectMs = 250;
/** For standard error to be read to its end; only a process that the server left behind could keep it open. */
const lastWordsMs = 10_000;
const portAttempts = 100;
/** Where the server could not have its port, another program may hold it and never answer. */
const reportMs = 30_000;
const tailLines = 20;
const address = '127.0.0.1';

/** A running server with a connected client. */
export class ChildServer {
  readonly engine: string;
  readonly client: InferenceClient;
  readonly httpUrl: string;
  readonly #process: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #tail: string[] = [];
  readonly #killOnExit: () => void;

  private constructor(options: ChildOptions, grpcPort: number, httpPort: number) {
    const [program = process.execPath, ...first] = options.command;
    const flags = ['--repository', options.repository, '--engine', options.engine];
    flags.push('--grpc', `${address}:${grpcPort}`, '--http', `${address}:${httpPort}`);
    if (options.cache !== undefined) flags.push('--cache', options.cache);
    if (options.threads !== undefined) flags.push('--threads', String(options.threads));
    this.engine = options.engine;
    this.httpUrl = `http://${address}:${httpPort}`;
    // Ready is when everything has loaded or failed: what failed is in the report, be it all there is.
    const env = { ...process.env, MINDIRD_READINESS_REQUIRE: 'none' };
    this.#process = spawn(program, [...first, 'serve', ...flags], { stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#remember(text));
    // A failed start shows in exitCode; without a listener it would end this process.
    this.#process.on('error', (error) => this.#remember(error.message));
    this.#closed = new Promise((resolve) => this.#process.once('close', () => resolve()));
    this.#killOnExit = () => this.#process.kill('SIGTERM');
    process.once('exit', this.#killOnExit);
    this.client = new InferenceClient(`${address}:${grpcPort}`);
  }

  /** Starts a server; it answers nothing yet. */
  static async start(options: ChildOptions): Promise<ChildServer> {
    const [grpcPort = 0, httpPort = 0] = await freePorts(2);
    const server = new ChildServer(options, grpcPort, httpPort);
    await once(server.#process, 'spawn').catch(() => undefined);
    return server;
  }

  /** Waits until every version is loaded or has failed. */
  async settled(progress: LoadProgress): Promise<readonly IndexEntry[]> {
    const begin = performance.now();
    for (;;) {
      await this.#checkAlive();
      const { ready, index } = await this.#look();
      const done = index.filter(({ state }) => state === 'READY' || state === 'UNAVAILABLE');
      progress(done.length, index.length, performance.now() - begin);
      if (ready) return index;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** The server's own report of a model as JSON; undefined when it has none. */
  async modelReport(model: string, version: string): Promise<unknown> {
    try {
      const path = `/v2/models/${encodeURIComponent(model)}/versions/${version}/report`;
      const response = await fetch(this.httpUrl + path, { signal: AbortSignal.timeout(reportMs) });
      return response.ok ? await response.json() : undefined;
    } catch {
      return undefined;
    }
  }

  /** Ends the server, by force when it does not drain in time. */
  async stop(): Promise<void> {
    this.client.close();
    process.removeListener('exit', this.#killOnExit);
    if (this.#ended()) return;
    const exited = once(this.#process, 'exit');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), stopMs);
    this.#process.kill('SIGTERM');
    await exited;
    clearTimeout(force);
  }

  /** Whether start-up is over, and every version known; not ready and nothing until the port is open. */
  async #look(): Promise<{ readonly ready: boolean; readonly index: readonly IndexEntry[] }> {
    try {
      await this.client.connect(connectMs);
      // Asked in this order: what is ready after the first answer is in the second.
      const ready = await this.client.serverReady();
      return { ready, index: await this.client.repositoryIndex() };
    } catch {
      return { ready: false, index: [] };
    }
  }

  #ended(): boolean {
    return this.#process.pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async #checkAlive(): Promise<void> {
    if (!this.#ended()) return;
    // Its last words may still be on the way.
    await Promise.race([this.#closed, new Promise((resolve) => setTimeout(resolve, lastWordsMs))]);
    const how = this.#process.signalCode ?? `exit code ${this.#process.exitCode}`;
    throw new CommandFailure(`server with engine ${this.engine} ended early (${how}):\n${this.#tail.join('\n')}`);
  }

  #remember(text: string): void {
    this.#tail.push(...text.split('\n').filter((line) => line !== ''));
    this.#tail.splice(0, Math.max(0, this.#tail.length - tailLines));
  }
}

/**
 * Different ports that were free a moment ago, and stay so: they are not of those systems give to who asks for any port (32768 and up on Linux,
 * 49152 and up elsewhere), which could be taken until the server opens them.
 */
async function freePorts(count: number): Promise<readonly number[]> {
  const probes = new Map<number, Server>();
  for (let attempt = 0; probes.size < count && attempt < portAttempts; attempt++) {
    const port = randomInt(15_000, 32_768);
    const probe = createServer();
    const opened = once(probe.listen(port, address), 'listening');
    if (await opened.then(Boolean, () => false)) probes.set(port, probe);
  }
  for (const probe of probes.values()) {
    probe.close();
    await once(probe, 'close');
  }
  if (probes.size < count) throw new CommandFailure('no free port on the loopback address');
  return [...probes.keys()];
}
