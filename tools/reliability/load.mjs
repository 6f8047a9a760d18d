// The parent's side of a load client: starts the process, hands it runs, and waits for their results.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inRoot } from '../lib/paths.mjs';
import { ToolFailure } from '../lib/run.mjs';

const kClient = inRoot('tools', 'reliability', 'client.mjs');

export class LoadClient {
  #child;
  #cores;
  progress = {};

  constructor(cores) {
    this.#cores = cores;
  }

  /** Begins a run and resolves once its connections stand, to {result: promise, stop()}. */
  async begin(run) {
    this.#child ??= this.#spawn();
    const child = this.#child;
    this.progress = { sent: 0 };
    let started;
    const ready = new Promise((resolve) => {
      started = resolve;
    });
    const result = new Promise((resolve, reject) => {
      const onMessage = (told) => {
        if (told.progress !== undefined) this.progress = told.progress;
        if (told.started) started();
        if (told.ended === undefined && told.broken === undefined) return;
        child.off('message', onMessage);
        if (told.ended !== undefined) resolve(told.ended);
        else reject(new ToolFailure(`load client: ${told.broken}`));
      };
      child.on('message', onMessage);
      child.once('exit', (code, signal) => reject(new ToolFailure(`the load client ended with ${code ?? signal}`)));
    });
    child.send({ run });
    await Promise.race([ready, result]);
    return { result, stop: () => child.connected && child.send({ stop: true }) };
  }

  /** A run to its end. */
  async run(run) {
    return (await this.begin(run)).result;
  }

  async close() {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.removeAllListeners('exit');
    const gone = once(child, 'exit');
    child.disconnect();
    await gone;
  }

  #spawn() {
    const child = spawn('taskset', ['-c', this.#cores, process.execPath, kClient], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.setMaxListeners(0);
    return child;
  }
}
