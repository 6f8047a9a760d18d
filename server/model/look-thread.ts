// Looks at the repository from a thread of its own, which is started when a look is first asked for. The event loop takes what changed.

import { Worker } from 'node:worker_threads';
import { ServingError } from '../errors.ts';
import type { Look, Looker, LookSettings } from './look.ts';
import { usualLook } from './look.ts';
import type { LookChanges } from './look-changes.ts';
import { ChangeReader } from './look-changes.ts';

/** What the thread is asked for. */
export interface LookQuestion {
  readonly root: string;
  readonly settings: LookSettings;
}

export type LookAnswer =
  | { readonly changes: LookChanges }
  | {
      readonly error: {
        readonly code: string | undefined;
        readonly path: string | undefined;
        readonly message: string;
      };
    };

/** The thread makes little garbage that lasts. */
const limits = { maxYoungGenerationSizeMb: 4 };

export class LookThread implements Looker {
  #worker: Worker | undefined;
  #reader = new ChangeReader();

  async look(root: string, settings: LookSettings = usualLook): Promise<Look> {
    const answer = await this.#ask({ root, settings });
    if ('changes' in answer) return this.#reader.read(answer.changes);
    throw Object.assign(new Error(answer.error.message), answer.error);
  }

  /** Ends the thread; a look that is on its way rejects. */
  stop(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  #ask(question: LookQuestion): Promise<LookAnswer> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    // Between looks the thread keeps no process alive.
    worker.ref();
    return new Promise<LookAnswer>((resolve, reject) => {
      const onMessage = (answer: LookAnswer): void => settle(() => resolve(answer));
      const onError = (error: Error): void => settle(() => reject(error));
      const onExit = (): void => settle(() => reject(new ServingError('INTERNAL', 'the thread that looks has ended')));
      const settle = (end: () => void): void => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit).unref();
        end();
      };
      worker.on('message', onMessage).on('error', onError).on('exit', onExit).postMessage(question);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./look-worker.js', import.meta.url), {
      name: 'repository',
      resourceLimits: limits,
    });
    this.#reader = new ChangeReader();
    const forget = (): void => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    // Without a listener an error would end the process; the next look starts another thread.
    worker.on('error', forget).on('exit', forget);
    return worker;
  }
}
