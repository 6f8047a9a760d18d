// The workers that run a module's functions, and the calls that wait for them.
//
//   call() ─► queue ─► a free worker takes the first call, and with it others of the same function up to its batchSize
//                          │
//                          ├─► results            every call has its own
//                          ├─► the function threw  of several calls each runs once more, alone
//                          └─► too late, or the worker died: the worker is replaced; of several calls each runs once more, alone
//
// A call that is given up while it runs is answered at once; its worker goes on to the end of the function or of its timeout.

import type { AnswerMessage, CallMessage, ReadMessage } from '../config/servable-module/messages.ts';
import type { FunctionStage, ModulePlan } from '../config/servable-module/plan.ts';
import type { WireTensor } from '../config/servable-module/wire.ts';
import { ServableWorker } from '../config/servable-module/worker.ts';
import { ServingError } from '../errors.ts';
import type { Log } from '../log.ts';

/** What a call came to. */
export interface Called {
  readonly results: readonly WireTensor[];
  /** How long it waited for a worker, and how long the function ran. */
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

interface PoolWorker {
  readonly handle: ServableWorker;
  /** The module is imported. */
  ready: boolean;
  tasks: Task[];
  startedAt: number;
  timer: NodeJS.Timeout | undefined;
}

/** How long a worker may take to import the module, and the pause before another is started after one that could not. */
const importMs = 10_000;
const pauseMs = 1000;

export class StagePool {
  readonly #plan: ModulePlan;
  readonly #label: string;
  readonly #log: Pick<Log, 'warn'>;
  readonly #workers = new Set<PoolWorker>();
  #queue: Task[] = [];
  #closed = false;
  /** Why the last worker could not be started; '' while they can. */
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

  /** Workers that were replaced. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Starts the workers; resolves when the first takes calls or it is known why none does, which is returned. */
  async start(): Promise<string> {
    for (let i = 0; i < this.#plan.workers; i++) this.#start();
    await new Promise<void>((resolve) => this.#onFirst.push(resolve));
    return this.#broken;
  }

  /** Ends the workers; calls that wait or run are refused with NOT_READY. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const tasks = [...this.#queue, ...[...this.#workers].flatMap((worker) => worker.tasks)];
    this.#queue = [];
    const workers = [...this.#workers];
    this.#workers.clear();
    for (const { timer } of workers) clearTimeout(timer);
    for (const task of tasks) settle(task, new ServingError('NOT_READY', 'the version is being unloaded'));
    await Promise.all(workers.map(({ handle }) => handle.terminate()));
  }

  /** Calls a function; `done` is called once, later. Returns what gives the call up: nothing is told of it afterwards. Throws OVERLOADED or NOT_READY. */
  call(stage: FunctionStage, args: readonly WireTensor[], done: Settle): () => void {
    if (this.#closed) throw new ServingError('NOT_READY', 'the version is being unloaded');
    if (this.#broken !== '' && this.#workers.size === 0) throw new ServingError('STAGE_FAILED', this.#broken);
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
    const handle = new ServableWorker(this.#plan.file, this.#plan.memory);
    const worker: PoolWorker = { handle, ready: false, tasks: [], startedAt: 0, timer: undefined };
    this.#workers.add(worker);
    worker.timer = setTimeout(() => this.#lost(worker, 'its module was not imported in time'), importMs);
    handle.onMessage<ReadMessage | AnswerMessage>((message) => this.#message(worker, message));
    handle.onEnd((why) => this.#lost(worker, why));
  }

  #message(worker: PoolWorker, message: ReadMessage | AnswerMessage): void {
    if (!this.#workers.has(worker)) return;
    clearTimeout(worker.timer);
    if (message.kind === 'refused')
      return this.#lost(worker, `cannot import its module: ${message.problems[0]?.message ?? ''}`);
    if (message.kind === 'read') {
      worker.ready = true;
      worker.handle.unref();
      this.#broken = '';
      this.#tellFirst();
      return this.#next();
    }
    const tasks = worker.tasks;
    worker.tasks = [];
    if (message.kind === 'failed') this.#failed(tasks, message.failure.message, message.failure);
    else
      tasks.forEach((task, i) => {
        const results = message.results[i] ?? [];
        const queueNs = Math.round((worker.startedAt - task.since) * 1e6);
        settle(task, { results, queueNs, runNs: message.tookNs });
      });
    this.#next();
  }

  /** A worker is of no use any more. */
  #lost(worker: PoolWorker, why: string): void {
    if (!this.#workers.delete(worker)) return;
    clearTimeout(worker.timer);
    void worker.handle.terminate();
    this.#replaced += 1;
    this.#log.warn('stage.worker_lost', { model: this.#label, error: why });
    this.#failed(worker.tasks, why, undefined);
    if (worker.ready) this.#start();
    else this.#pause(why);
    this.#next();
  }

  /** What cannot be imported is tried again, not at once. */
  #pause(why: string): void {
    this.#broken = why;
    this.#tellFirst();
    if (this.#workers.size === 0) {
      for (const task of this.#queue.splice(0)) settle(task, new ServingError('STAGE_FAILED', why));
    }
    this.#restart ??= setTimeout(() => {
      this.#restart = undefined;
      while (this.#workers.size < this.#plan.workers) this.#start();
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
    for (const worker of this.#workers) {
      if (!worker.ready || worker.tasks.length > 0) continue;
      const tasks = this.#take();
      if (tasks.length === 0) return;
      this.#run(worker, tasks);
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

  #run(worker: PoolWorker, tasks: Task[]): void {
    const { fn, batchSize, timeoutMs, outputs } = (tasks[0] as Task).stage;
    worker.tasks = tasks;
    worker.startedAt = performance.now();
    worker.timer = setTimeout(() => this.#lost(worker, `took longer than its timeout of ${timeoutMs} ms`), timeoutMs);
    const message: CallMessage = { fn, batched: batchSize > 0, outputs, calls: tasks.map(({ args }) => args) };
    worker.handle.send(message);
  }
}

function settle(task: Task, outcome: Called | ServingError): void {
  if (task.over) return;
  task.over = true;
  task.settle(outcome);
}
