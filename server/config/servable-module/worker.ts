// Starts a process for a servable_config.mjs. It is a process and no thread of the server: whatever runs in it can be ended, what takes all of its
// heap or breaks a native library takes nothing else along, and V8 keeps neither promise for threads (a loop that it compiled without a check for
// interruption goes on for ever, and the limit of a thread's heap can end the whole process).

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./servable-worker.js', import.meta.url));
/** How much of what it printed last is looked at for a reason. */
const tailLength = 8192;

const running = new Set<ChildProcess>();
let watching = false;

/** A server that ends leaves none of them behind, whatever they do. */
function watchExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
}

export class ServableWorker {
  readonly #child: ChildProcess;
  #tail = '';

  /** A process that imports the module and then takes calls; `memory` is the most bytes of its heap. */
  constructor(file: string, memory: number) {
    const megabytes = Math.max(16, Math.ceil(memory / 2 ** 20));
    this.#child = fork(program, [file], {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${megabytes}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    watchExit();
    const child = this.#child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    // What functions print goes where the log goes, and not into what a command prints.
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => {
        this.#tail = (this.#tail + text.toString('latin1')).slice(-tailLength);
        process.stderr.write(text);
      });
  }

  /** Keeps no process alive for it. */
  unref(): this {
    this.#child.unref();
    this.#child.channel?.unref();
    for (const stream of [this.#child.stdout, this.#child.stderr]) (stream as { unref?: () => void } | null)?.unref?.();
    return this;
  }

  onMessage<T>(listener: (message: T) => void): void {
    this.#child.on('message', (message) => listener(message as T));
  }

  /** Told why it ended, once everything that it printed is there. */
  onEnd(listener: (why: string) => void): void {
    this.#child.once('error', (error) => listener(`its process does not start: ${error.message}`));
    this.#child.once('close', (code: number | null, signal: string | null) => listener(this.#why(code, signal)));
  }

  #why(code: number | null, signal: string | null): string {
    if (/heap limit|out of memory/i.test(this.#tail)) return 'used more than its memory';
    return `ended its process (${signal ?? `status ${code}`})`;
  }

  send(message: object): void {
    // A process that has ended tells it by onEnd.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Ends it at once; resolves when it is gone. */
  async terminate(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.ref();
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
