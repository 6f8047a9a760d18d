// The threads that run a module's functions, and the calls that wait for them.
//
//   call() ─► queue ─► a free thread takes the first call, and with it others of the same function up to its batchSize
//                          │
//                          ├─► results            every call has its own
//                          ├─► the function threw  of several calls each runs once more, alone
//                          └─► too late, or the thread died: the thread is replaced; of several calls each runs once more, alone
//
// A call that is given up while it runs is answered at once; its thread goes on to the end of the function or of its timeout.

import type { Worker } from 'node:worker_threads';
import type { AnswerMessage, CallMessage, ReadMessage } from '../config/servable-module/messages.ts';
import type { FunctionStage, ModulePlan } from '../config/servable-module/plan.ts';
import { startThread } from '../config/servable-module/thread.ts';
import type { WireTensor } from '../config/servable-module/wire.ts';
import { ServingError } from '../errors.ts';
import type { Log } from '../log.ts';

/** What a call came to. */
export interface Called {
  readonly results: readonly WireTensor[];
  /** How long it waited for a thread, and how long the function ran. */
  readonly queueNs: number;
  readonly runNs: number;
}

export type Settle = (outcome: Called | ServingError) => void;

interface Task {
  readonly stage: FunctionStage;
  readonly args: readonly WireTensor[];
  readonly settle: Settle;
  readonly since: number;
  alone: boolean;
  over: boolean;
}

interface Thread {
  worker: Worker;
  /** The module is imported. */
  ready: boolean;
  tasks: Task[];
  startedAt: number;
  timer: NodeJS.Timeout | undefined;
}

/** How long a thread may take to import the module, and the pause before another is started after one that could not. */
const importMs = 10_000;
const pauseMs = 1000;

export class StagePool {
  readonly #plan: ModulePlan;
  readonly #label: string;
  readonly #log: Pick<Log, 'warn'>;
  readonly #threads = new Set<Thread>();
  #queue: Task[] = [];
  #closed = false;
  /** Why the last thread could not be started; '' while they can. */
  #broken = '';
  #restart: NodeJS.Timeout | undefined;
  #replaced = 0;
  #onFirst: (() => void)[] = [];

  /** `label` is what the log calls it: name/version. */
  constructor(plan: ModulePlan, label: string, log: Pick<Log, 'warn'>) {
    this.#plan = plan;
    this.#label = label;
    this.#log = log;
  }

  /** Threads that were replaced. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Starts the threads; resolves when the first takes calls or it is known why none does, which is returned. */
  async start(): Promise<string> {
    for (let i = 0; i < this.#plan.workers; i++) this.#start();
    await new Promise<void>((resolve) => this.#onFirst.push(resolve));
    return this.#broken;
  }

  /** Ends the threads; calls that wait or run are refused with NOT_READY. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const tasks = [...this.#queue, ...[...this.#threads].flatMap((thread) => thread.tasks)];
    this.#queue = [];
    const threads = [...this.#threads];
    this.#threads.clear();
    for (const { timer } of threads) clearTimeout(timer);
    for (const task of tasks) settle(task, new ServingError('NOT_READY', 'the version is being unloaded'));
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  /** Calls a function; `done` is called once, later. Returns what gives the call up: nothing is told of it afterwards. Throws OVERLOADED or NOT_READY. */
  call(stage: FunctionStage, args: readonly WireTensor[], done: Settle): () => void {
    if (this.#closed) throw new ServingError('NOT_READY', 'the version is being unloaded');
    if (this.#broken !== '' && this.#threads.size === 0) throw new ServingError('STAGE_FAILED', this.#broken);
    if (this.#queue.length >= this.#plan.maxQueue)
      throw new ServingError(
        'OVERLOADED',
        `${this.#queue.length} calls of functions wait, the limit is ${this.#plan.maxQueue} (maxQueue)`,
      );
    const task: Task = {
      stage,
      args,
      settle: done,
      since: performance.now(),
      alone: stage.batchSize === 0,
      over: false,
    };
    this.#queue.push(task);
    this.#next();
    return () => {
      task.over = true;
      this.#queue = this.#queue.filter((other) => other !== task);
    };
  }

  #start(): void {
    const worker = startThread(this.#plan.file, this.#plan.memory);
    const thread: Thread = { worker, ready: false, tasks: [], startedAt: 0, timer: undefined };
    this.#threads.add(thread);
    thread.timer = setTimeout(() => this.#lost(thread, 'its module was not imported in time'), importMs);
    worker.on('message', (message: ReadMessage | AnswerMessage) => this.#message(thread, message));
    worker.on('error', (error: Error & { code?: string }) =>
      this.#lost(
        thread,
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'used more than its memory' : `ended: ${error.message}`,
      ),
    );
    worker.on('exit', (code) => this.#lost(thread, `ended its thread (status ${code})`));
  }

  #message(thread: Thread, message: ReadMessage | AnswerMessage): void {
    if (!this.#threads.has(thread)) return;
    clearTimeout(thread.timer);
    if (message.kind === 'refused')
      return this.#lost(thread, `cannot import its module: ${message.problems[0]?.message ?? ''}`);
    if (message.kind === 'read') {
      thread.ready = true;
      this.#broken = '';
      this.#tellFirst();
      return this.#next();
    }
    const tasks = thread.tasks;
    thread.tasks = [];
    if (message.kind === 'failed') this.#failed(tasks, message.failure.message, message.failure);
    else
      tasks.forEach((task, i) => {
        const results = message.results[i] ?? [];
        const queueNs = Math.round((thread.startedAt - task.since) * 1e6);
        settle(task, { results, queueNs, runNs: message.tookNs });
      });
    this.#next();
  }

  /** A thread is of no use any more. */
  #lost(thread: Thread, why: string): void {
    if (!this.#threads.delete(thread)) return;
    clearTimeout(thread.timer);
    void thread.worker.terminate();
    this.#replaced += 1;
    this.#log.warn('stage.thread_lost', { model: this.#label, error: why });
    this.#failed(thread.tasks, why, undefined);
    if (thread.ready) this.#start();
    else this.#pause(why);
    this.#next();
  }

  /** What cannot be imported is tried again, not at once. */
  #pause(why: string): void {
    this.#broken = why;
    this.#tellFirst();
    if (this.#threads.size === 0) {
      for (const task of this.#queue.splice(0)) settle(task, new ServingError('STAGE_FAILED', why));
    }
    this.#restart ??= setTimeout(() => {
      this.#restart = undefined;
      while (this.#threads.size < this.#plan.workers) this.#start();
    }, pauseMs).unref();
  }

  #tellFirst(): void {
    for (const resolve of this.#onFirst.splice(0)) resolve();
  }

  /** Calls that failed together run once more, each alone, in front of the others. */
  #failed(tasks: readonly Task[], why: string, failure: { stack: string; refused: boolean } | undefined): void {
    if (tasks.length > 1) {
      for (const task of tasks) task.alone = true;
      this.#queue.unshift(...tasks.filter((task) => !task.over));
      return;
    }
    const [task] = tasks;
    if (task === undefined) return;
    const code = failure?.refused === true ? 'INVALID_ARGUMENT' : 'STAGE_FAILED';
    const cause = failure === undefined ? undefined : Object.assign(new Error(why), { stack: failure.stack });
    settle(task, new ServingError(code, why, { cause }));
  }

  #next(): void {
    for (const thread of this.#threads) {
      if (!thread.ready || thread.tasks.length > 0) continue;
      const tasks = this.#take();
      if (tasks.length === 0) return;
      this.#run(thread, tasks);
    }
  }

  /** The first call that waits, with others of its function where it takes several. */
  #take(): Task[] {
    const first = this.#queue.shift();
    if (first === undefined) return [];
    const tasks = [first];
    if (first.alone) return tasks;
    const { fn, batchSize } = first.stage;
    this.#queue = this.#queue.filter((task) => {
      if (tasks.length >= batchSize || task.alone || task.stage.fn !== fn) return true;
      tasks.push(task);
      return false;
    });
    return tasks;
  }

  #run(thread: Thread, tasks: Task[]): void {
    const { fn, batchSize, timeoutMs, outputs } = (tasks[0] as Task).stage;
    thread.tasks = tasks;
    thread.startedAt = performance.now();
    thread.timer = setTimeout(() => this.#lost(thread, `took longer than its timeout of ${timeoutMs} ms`), timeoutMs);
    const message: CallMessage = { fn, batched: batchSize > 0, outputs, calls: tasks.map(({ args }) => args) };
    // Calls that may run once more need their bytes again: those are copied, others handed over.
    const own = tasks[0]?.alone === true ? message.calls.flat().map(({ bytes }) => bytes.buffer as ArrayBuffer) : [];
    thread.worker.postMessage(message, own);
  }
}

function settle(task: Task, outcome: Called | ServingError): void {
  if (task.over) return;
  task.over = true;
  task.settle(outcome);
}
