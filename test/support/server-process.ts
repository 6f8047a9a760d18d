// A real server process in a folder of its own, run by bin/mindird, for end-to-end tests.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { doublingModel, type FakeModelFile } from '../../server/native/fake-file.ts';
import { projectPath } from '../../server/util/root.ts';
import { type CallOptions, TestClient } from './grpc-client.ts';
import { LogFile } from './log-file.ts';
import { patienceMs, until } from './until.ts';

/** The addon that computes in JavaScript. */
export const fakeAddon: string = fileURLToPath(new URL('../e2e/fake-addon.js', import.meta.url));
/** The native addon: as the environment of the tests says, else this checkout's release build. */
export const nativeAddon: string = process.env['MINDIRD_ADDON'] ?? '';
export const program: string = projectPath('bin', 'mindird');

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end, which must come in time. */
export function runToEnd(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd: string = tmpdir(),
  withinMs: number = patienceMs,
): Finished {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, MINDIRD_ADDON: fakeAddon, ...environment },
    timeout: withinMs,
  });
  return { code: status, out: stdout, err: stderr };
}

/** A folder with a repository in it. */
export class Workplace {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'mindird-e2e-'));
  readonly repository: string = path.join(this.folder, 'servables');

  constructor() {
    mkdirSync(this.repository);
  }

  path(file: string): string {
    return path.join(this.folder, file);
  }

  /** Writes a file of the folder, and the folders it lies in: all are there at once, or nothing. */
  put(file: string, content: string | Uint8Array): string {
    const full = this.path(file);
    let top = full;
    while (!existsSync(path.dirname(top))) top = path.dirname(top);
    const staged = this.path('.staged');
    const inner = path.join(staged, path.relative(top, full));
    mkdirSync(path.dirname(inner), { recursive: true });
    writeFileSync(inner, content);
    renameSync(staged, top);
    return full;
  }

  /** Adds a version that doubles its input. */
  model(name: string, version: number, more: Partial<FakeModelFile> = {}): void {
    this.put(`servables/${name}/${version}/model.mindir`, JSON.stringify(doublingModel([-1, 2], more)));
  }

  remove(file: string): void {
    rmSync(this.path(file), { recursive: true });
  }

  /** What a server that was killed left running may still write here for a moment. */
  close(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
  }
}

export interface StartOptions {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: string;
  readonly cwd?: string;
  /** How long the ready line may take. */
  readonly readyMs?: number;
  /** Leave the repository to the configuration. */
  readonly noRepository?: boolean;
  /** Name no cache. */
  readonly noCache?: boolean;
  /** Who runs it. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * A server of the tests looks often for models, and its drain may take longer than a test waits for its end: what should not wait for the drain is seen
 * to hang when it does, and nothing is cut off because the machine stood still.
 */
const patient = {
  MINDIRD_REPOSITORY_POLL: '100ms',
  MINDIRD_REPOSITORY_SETTLE: '300ms',
  MINDIRD_SERVER_DRAIN_TIMEOUT: '10m',
};

/** What ends a process by its own fault. */
const crashes: readonly string[] = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE'];

export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  readonly #log = new LogFile();
  #out = '';
  readonly #clients: TestClient[] = [];

  private constructor(place: Workplace, options: StartOptions) {
    const { args = [], environment = {}, command = program, cwd = place.folder } = options;
    const addresses = ['--grpc', '127.0.0.1:0', '--http', '127.0.0.1:0'];
    const folders = [
      ...(options.noRepository ? [] : ['--repository', place.repository]),
      ...(options.noCache ? [] : ['--cache', path.join(place.folder, 'cache')]),
    ];
    this.#child = spawn(command, ['serve', ...folders, ...addresses, ...args], {
      cwd,
      env: { ...process.env, MINDIRD_ADDON: fakeAddon, ...patient, ...environment },
      stdio: ['ignore', 'pipe', this.#log.descriptor],
      ...options.user,
    });
    shown.push(this);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
    });
    this.#exit = once(this.#child, 'exit').then(
      ([code, signal]) => (code as number | null) ?? -(signal === null ? 0 : 1),
    );
  }

  /** Starts a server and waits for its ready line. */
  static async start(place: Workplace, options: StartOptions = {}): Promise<ServerProcess> {
    const server = new ServerProcess(place, options);
    await until(
      () => server.#out.includes('\n') || server.#child.exitCode !== null,
      'the ready line',
      options.readyMs ?? patienceMs,
    );
    assert.match(server.#out, /^mindird \S+ ready: /, server.#log.text);
    return server;
  }

  /** Starts a server without waiting. */
  static launch(place: Workplace, options: StartOptions = {}): ServerProcess {
    return new ServerProcess(place, options);
  }

  get readyLine(): string {
    return this.#out;
  }

  get grpcAddress(): string {
    return /grpc ([^,]+)/.exec(this.#out)?.[1] ?? '';
  }

  get httpUrl(): string {
    return `http://${/http (\S+),/.exec(this.#out)?.[1]}`;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything logged so far; what the process logged before it answered is there with the answer. */
  get lines(): readonly Record<string, unknown>[] {
    const { text } = this.#log;
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  logged(event: string): readonly Record<string, unknown>[] {
    return this.lines.filter((line) => line['event'] === event);
  }

  /** Every series of one scrape, as it is written (`name{labels}`), with its value. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`${this.httpUrl}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  }

  client(): TestClient {
    const client = new TestClient(this.grpcAddress);
    this.#clients.push(client);
    return client;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it stands and the end of its log, to be shown with a failure. */
  get described(): string {
    const state = this.isRunning ? 'running' : `ended with ${this.#child.exitCode ?? this.#child.signalCode}`;
    return `server ${this.pid}, ${state}, said ${JSON.stringify(this.#out)} and logged:\n${this.#log.tail}`;
  }

  /** The exit code; fails when the process does not end. */
  async exited(): Promise<number | null> {
    await until(() => !this.isRunning, 'the end of the process');
    return this.#exit;
  }

  /** Ends the process, whatever state it is in; fails when it had crashed, whatever else the test found. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    if (this.isRunning) this.#child.kill('SIGKILL');
    await this.#exit;
    this.#log.close();
    const { signalCode } = this.#child;
    assert.ok(!crashes.includes(signalCode ?? ''), `the server was ended by ${signalCode}`);
  }
}

/** The servers of the present test, for its failure to show. */
let shown: ServerProcess[] = [];
afterEach((context) => {
  const { error } = context as { readonly error?: Error | null };
  if (error) for (const server of shown) process.stderr.write(`${server.described}\n`);
  shown = shown.filter((server) => server.isRunning);
});

interface InferReplyMessage {
  readonly model_version: string;
  readonly raw_output_contents: readonly Buffer[];
}

export interface Doubled {
  readonly version: string;
  readonly values: readonly number[];
}

/** One request to a doubling model. */
export async function double(
  client: TestClient,
  model: string,
  values: readonly number[],
  version = '',
  options: CallOptions = {},
): Promise<Doubled> {
  const message = {
    model_name: model,
    model_version: version,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [values.length / 2, 2] }],
    raw_input_contents: [Buffer.from(new Float32Array(values).buffer)],
  };
  const { reply } = await client.call<InferReplyMessage>('inference.ModelInfer', message, options);
  const bytes = reply.raw_output_contents[0] ?? Buffer.alloc(0);
  return { version: reply.model_version, values: [...new Float32Array(new Uint8Array(bytes).buffer)] };
}
