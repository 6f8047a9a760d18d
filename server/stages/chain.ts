// One request to a method: its stages one after the other, each fed with what came before.
//
//   bind ─► stage 0 ─► stage 1 ─► … ─► results ─► finish │ fail ─► release ─► ended
//            function: the pool            a model: an exchange of its own, which the dispatcher runs
//
// The exchange is finished or failed once. A model that computes is waited for, since it reads the request's bytes; a function has a copy.

import type {
  FunctionStage,
  MethodPlan,
  ModelStage,
  NumpyStage,
  Source,
  StagePlan,
} from '../config/servable-module/plan.ts';
import type { WireTensor } from '../config/servable-module/wire.ts';
import { ServingError, toServingError } from '../errors.ts';
import { Account } from '../inference/account.ts';
import type { Exchange, StageRunner } from '../inference/exchange.ts';
import type { AnyTensor, InferReply } from '../inference/request.ts';
import type { Lease } from '../model/served.ts';
import { quote } from '../util/text.ts';
import { bindInputs, chooseOutputs, type StageTensor, tensorDifference } from './bind.ts';
import { runNumpy } from './numpy/evaluate.ts';
import type { Called } from './pool.ts';
import { intoRun, outOfRun } from './samples.ts';
import type { StageSet } from './stage-set.ts';

/** The longest a timer of Node.js can wait. */
const longestMs = 2 ** 31 - 1;
/** Callers' deadlines are kept in whole milliseconds. */
const grainMs = 1;
const passed = 'the deadline passed';

export interface ChainParts {
  readonly exchange: Exchange;
  readonly lease: Lease;
  readonly set: StageSet;
  readonly method: MethodPlan;
  readonly runner: StageRunner;
  /** Called once, last. */
  readonly ended: () => void;
}

export class ChainRun {
  readonly #parts: ChainParts;
  readonly #deadlineAt: number;
  /** Results by stage; those of the method's own inputs apart. */
  readonly #results: (readonly StageTensor[])[] = [];
  #inputs: readonly StageTensor[] = [];
  #wanted: readonly number[] = [];
  #at = 0;
  #stageStart = 0;
  /** Ends what runs. */
  #giveUp: ((error: ServingError) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ChainParts) {
    this.#parts = parts;
    const { timeoutUs } = parts.exchange.request;
    this.#deadlineAt = timeoutUs > 0 ? performance.now() + timeoutUs / 1000 : Number.POSITIVE_INFINITY;
  }

  /** Runs the stages. Throws INVALID_ARGUMENT, as long as nothing has begun. */
  start(): void {
    const { exchange, method } = this.#parts;
    const { request, account } = exchange;
    const bound = bindInputs(method.inputs, request.inputs);
    this.#wanted = chooseOutputs(method.outputs, request.outputs);
    this.#inputs = bound.inputs;
    account.rows = bound.rows;
    account.clock.submitted(performance.now());
    request.cancellation?.onCancelled(() =>
      this.#giveUp?.(this.#tooLate() ?? new ServingError('CANCELLED', 'the caller went away')),
    );
    this.#next();
  }

  #tooLate(): ServingError | undefined {
    return performance.now() >= this.#deadlineAt - grainMs ? new ServingError('DEADLINE_EXCEEDED', passed) : undefined;
  }

  get #stage(): StagePlan | undefined {
    return this.#parts.method.stages[this.#at];
  }

  #next(): void {
    const stage = this.#stage;
    const { cancellation } = this.#parts.exchange.request;
    try {
      if (cancellation?.cancelled === true)
        throw this.#tooLate() ?? new ServingError('CANCELLED', 'the caller went away');
      if (stage === undefined) return this.#finish();
      const late = this.#tooLate();
      if (late !== undefined) throw late;
      this.#stageStart = performance.now();
      if (stage.kind === 'function') this.#call(stage);
      else if (stage.kind === 'numpy') this.#compute(stage);
      else this.#infer(stage);
    } catch (caught) {
      this.#fail(toServingError(caught));
    }
  }

  #values(args: readonly Source[]): readonly StageTensor[] {
    return args.map(({ stage, output }) => {
      const found = stage < 0 ? this.#inputs[output] : this.#results[stage]?.[output];
      if (found === undefined) throw new ServingError('INTERNAL', `stage ${stage} has no result ${output}`);
      return found;
    });
  }

  #done(results: readonly StageTensor[], stage: StagePlan): void {
    const { clock } = this.#parts.exchange.account;
    const ns = Math.round((performance.now() - this.#stageStart) * 1e6);
    clock.passed({ method: this.#parts.method.name, stage: stage.name, ns });
    this.#results[this.#at] = results;
    this.#at += 1;
    this.#next();
  }

  #call(stage: FunctionStage): void {
    const { set, exchange } = this.#parts;
    if (set.pool === undefined) throw new ServingError('INTERNAL', `stage ${stage.name} has no workers`);
    const settle = (outcome: Called | ServingError): void => {
      clearTimeout(this.#timer);
      this.#giveUp = undefined;
      if (outcome instanceof ServingError) return this.#fail(this.#placed(outcome, stage));
      exchange.account.clock.ran({ queueNs: outcome.queueNs, computeNs: outcome.runNs, gatherNs: 0, scatterNs: 0 });
      this.#done(outcome.results, stage);
    };
    const giveUp = set.pool.call(stage, this.#values(stage.args).map(wired), settle);
    this.#giveUp = (error) => {
      giveUp();
      settle(error);
    };
    const left = this.#deadlineAt - performance.now();
    if (left !== Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(
        () => this.#giveUp?.(new ServingError('DEADLINE_EXCEEDED', passed)),
        Math.min(left, longestMs),
      );
  }

  /** Arithmetic of bounded size, in this thread. */
  #compute(stage: NumpyStage): void {
    const start = performance.now();
    const results = runNumpy(stage.fn, this.#values(stage.args));
    const computeNs = Math.round((performance.now() - start) * 1e6);
    this.#parts.exchange.account.clock.ran({ queueNs: 0, computeNs, gatherNs: 0, scatterNs: 0 });
    this.#done(results, stage);
  }

  #infer(stage: ModelStage): void {
    const lease = this.#leaseOf(stage);
    const { request, account } = this.#parts.exchange;
    const { inputs: specs, outputs } = lease.model.signature;
    const given = this.#values(stage.args);
    const run = stage.samples ? intoRun(lease.model.signature, given) : { values: given, rows: 0 };
    const { values } = run;
    const { names } = stage;
    if (names === undefined && (values.length !== specs.length || outputs.length !== stage.outputs)) {
      lease.release();
      const found = `${specs.length} inputs and ${outputs.length} outputs`;
      throw new ServingError(
        'STAGE_FAILED',
        `stage ${stage.name}: the model has ${found}, want ${values.length} and ${stage.outputs}`,
      );
    }
    let cancel: (() => void) | undefined;
    let reply: InferReply | undefined;
    let failure: ServingError | undefined;
    const left = this.#deadlineAt - performance.now();
    const inner: Exchange = {
      request: {
        model: lease.model.name,
        version: lease.model.version,
        id: '',
        inputs: values.map((value, i): AnyTensor => ({ ...value, name: names?.inputs[i] ?? specs[i]?.name ?? '' })),
        outputs: names?.outputs,
        timeoutUs: left === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.floor(left * 1000)),
        priority: request.priority,
        timed: request.timed === true,
        cancellation: {
          cancelled: false,
          onCancelled: (listener) => {
            cancel = listener;
          },
        },
      },
      account: new Account(performance.now()),
      place: () => undefined,
      finish: (found) => {
        reply = found;
      },
      fail: (error) => {
        failure = error;
      },
      release: () => {
        this.#giveUp = undefined;
        account.clock.ran(inner.account.clock.times(performance.now()));
        if (reply !== undefined) this.#done(outOfRun(reply.outputs, run.rows), stage);
        else this.#fail(this.#placed(failure ?? new ServingError('INTERNAL', 'the stage has no reply'), stage));
      },
    };
    this.#giveUp = () => cancel?.();
    this.#parts.runner.stage(inner, lease);
  }

  #leaseOf(stage: ModelStage): Lease {
    const { set, lease, runner } = this.#parts;
    const own = set.model(stage.model, lease.model);
    if (own !== undefined) return { model: own, release: () => undefined };
    const plan = set.plan.models[stage.model];
    if (plan?.servable == null) throw new ServingError('INTERNAL', `stage ${stage.name} has no model`);
    try {
      return runner.lease(plan.servable, plan.version);
    } catch (caught) {
      throw new ServingError('NOT_READY', `stage ${stage.name}: ${toServingError(caught).message}`, { cause: caught });
    }
  }

  /** What a model refuses of what a function gave it is no fault of the caller's. */
  #placed(error: ServingError, stage: StagePlan): ServingError {
    const { stages } = this.#parts.method;
    const made = stage.args.some((source) => source.stage >= 0 && stages[source.stage]?.kind === 'function');
    const code = stage.kind === 'model' && error.code === 'INVALID_ARGUMENT' && made ? 'STAGE_FAILED' : error.code;
    const late = error.code === 'CANCELLED' ? this.#tooLate() : undefined;
    return late ?? new ServingError(code, `stage ${stage.name}: ${error.message}`, { cause: error.cause ?? error });
  }

  #finish(): void {
    const { exchange, lease, method } = this.#parts;
    const found = this.#values(method.results);
    const outputs = this.#wanted.map((index): AnyTensor => {
      const spec = method.outputs[index];
      const value = found[index];
      if (spec === undefined || value === undefined) throw new ServingError('INTERNAL', `there is no output ${index}`);
      const difference = tensorDifference(value, spec);
      if (difference !== '') throw new ServingError('STAGE_FAILED', `output ${quote(spec.name)}: ${difference}`);
      return { ...value, name: spec.name };
    });
    const { clock } = exchange.account;
    exchange.finish({
      model: lease.model.name,
      version: lease.model.version,
      id: exchange.request.id,
      outputs,
      times: (now) => clock.times(now),
    });
    this.#end();
  }

  #fail(error: ServingError): void {
    this.#parts.exchange.fail(error.with(`method ${this.#parts.method.name}`));
    this.#end();
  }

  #end(): void {
    this.#giveUp = undefined;
    this.#parts.exchange.request.cancellation?.onCancelled(undefined);
    this.#parts.exchange.release();
    this.#parts.ended();
  }
}

/** What is sent of a tensor. */
function wired({ dtype, shape, bytes }: StageTensor): WireTensor {
  return { dtype, shape, bytes };
}
