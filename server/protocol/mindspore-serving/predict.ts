// Predict: the instances of a call become runs of the model, and their answers one reply, in the order they came.
//
//   message ─► instances ─► runs (exchanges of the dispatcher, at most one sample each where the queue batches) ─► reply

import { ServingError, toServingError } from '../../errors.ts';
import { Account } from '../../inference/account.ts';
import { remainingUs } from '../../inference/deadline.ts';
import type { Dispatcher } from '../../inference/dispatch.ts';
import type { Exchange } from '../../inference/exchange.ts';
import { requireGrant } from '../../inference/grant.ts';
import type { Cancellation, InferReply, InferRequest, NamedTensor } from '../../inference/request.ts';
import type { MethodSignature, ModelDirectory, ServedMethod, ServedModel } from '../../model/served.ts';
import type { Call } from '../call.ts';
import { notAvailable } from './failure.ts';
import { readInstance, withRow, writeInstance } from './instance.ts';
import type { InstanceMessage, ServableSpec } from './messages.ts';
import { type MethodSample, readMethodInstance, writeMethodInstance } from './method-instance.ts';
import { methodNamed, samplesOfRun } from './signature.ts';

const empty: InstanceMessage = { items: {} };

/** What a call asks; an instance that could not be read is the reason. */
export interface AskedPredict {
  readonly spec: ServableSpec;
  readonly instances: readonly (InstanceMessage | ServingError)[];
}

/** What became of a call: the failure of the whole, or an answer for each instance. */
export type Predicted = ServingError | readonly (InstanceMessage | ServingError)[];

/** What a run needs of its call. */
export type PredictCall = Pick<Call, 'account' | 'deadlineAt' | 'cancelled' | 'onCancelled'>;

export interface PredictParts {
  readonly dispatcher: Dispatcher;
  readonly models: ModelDirectory;
}

export interface MindsporeServingParts extends PredictParts {
  /** Longest reply in bytes. */
  readonly maxMessage: number;
}

/** One sample of a call and what became of it. */
interface Sample {
  readonly index: number;
  readonly tensors: readonly NamedTensor[];
}

export class Predict {
  readonly #parts: PredictParts;
  readonly #call: PredictCall;
  readonly #spec: ServableSpec;
  readonly #instances: AskedPredict['instances'];
  readonly #answer: (predicted: Predicted) => void;
  readonly #answers: (InstanceMessage | ServingError)[];
  readonly #cancels = new Set<() => void>();
  #running = 0;

  /** answer: told once what became of the call. */
  constructor(
    { spec, instances }: AskedPredict,
    call: PredictCall,
    parts: PredictParts,
    answer: (predicted: Predicted) => void,
  ) {
    this.#parts = parts;
    this.#call = call;
    this.#spec = spec;
    this.#instances = instances;
    this.#answer = answer;
    this.#answers = new Array<InstanceMessage | ServingError>(this.#instances.length).fill(empty);
    call.account.servable = this.#spec.name;
    call.account.version = this.#version;
    call.onCancelled(() => {
      for (const cancel of this.#cancels) cancel();
    });
  }

  /** Starts the runs; the call is answered when the last has ended. */
  run(): void {
    try {
      if (this.#instances.length === 0)
        throw new ServingError('INVALID_ARGUMENT', 'instances: none, want at least one');
      requireGrant(this.#call.account.grant, this.#spec.name);
      const lease = this.#parts.models.lease(this.#spec.name, this.#version);
      try {
        this.#start(lease.model);
      } finally {
        lease.release();
      }
    } catch (caught) {
      this.#whole(notAvailable(this.#spec.name, toServingError(caught)));
    }
  }

  get #version(): string {
    return this.#spec.version_number === 0 ? '' : String(this.#spec.version_number);
  }

  #start(model: ServedModel): void {
    const method = methodNamed(model, this.#spec.method_name);
    if (method.signature !== undefined) return this.#launch(this.#methodRuns(model, method.name, method.signature));
    const samples = this.#readSamples(model, method);
    const size = samples.some((sample) => isWhole(model, sample)) ? 1 : samplesOfRun(model);
    const runs: Sample[][] = [];
    for (let from = 0; from < samples.length; from += Math.max(1, size))
      runs.push(samples.slice(from, from + Math.max(1, size)));
    this.#launch(runs.map((run) => this.#exchange(model, method, run, size)));
  }

  #launch(exchanges: readonly Exchange[]): void {
    this.#running = exchanges.length;
    if (exchanges.length === 0) this.#done();
    for (const exchange of exchanges) this.#parts.dispatcher.run(exchange);
  }

  /** Each instance is a request of a method with stages. */
  #methodRuns(model: ServedModel, method: string, signature: MethodSignature): Exchange[] {
    return this.#instances.flatMap((instance, index) => {
      try {
        if (instance instanceof ServingError) throw instance;
        return [this.#methodExchange(model, method, signature, readMethodInstance(instance, signature), index)];
      } catch (caught) {
        this.#answers[index] = toServingError(caught);
        return [];
      }
    });
  }

  #methodExchange(
    model: ServedModel,
    method: string,
    signature: MethodSignature,
    { tensors, isRow }: MethodSample,
    index: number,
  ): Exchange {
    const { account: whole, deadlineAt } = this.#call;
    // Instances run side by side; the call shows the times of the one that ends last.
    const account = new Account(performance.now());
    whole.clock.submitted(performance.now());
    const request: InferRequest = {
      model: model.name,
      version: model.version,
      method,
      id: '',
      inputs: tensors,
      outputs: undefined,
      timeoutUs: remainingUs(deadlineAt, 0, performance.now()),
      priority: 0,
      cancellation: this.#cancellation(),
    };
    return {
      request,
      account,
      place: () => undefined,
      finish: ({ outputs }: InferReply) => {
        this.#answers[index] = writeMethodInstance(outputs, signature, isRow);
      },
      fail: (error) => {
        this.#answers[index] = error;
      },
      release: () => {
        this.#running -= 1;
        if (this.#running > 0) return;
        whole.model = account.model;
        const times = account.clock.times(performance.now());
        whole.clock.ran(times);
        for (const stage of times.chain ?? []) whole.clock.passed(stage);
        this.#done();
      },
    };
  }

  /** Those that can be read; the others have failed. */
  #readSamples(model: ServedModel, method: ServedMethod): Sample[] {
    return this.#instances.flatMap((instance, index) => {
      try {
        if (instance instanceof ServingError) throw instance;
        return [{ index, tensors: readInstance(instance, method, model.signature) }];
      } catch (caught) {
        this.#answers[index] = toServingError(caught);
        return [];
      }
    });
  }

  #exchange(model: ServedModel, method: ServedMethod, run: readonly Sample[], size: number): Exchange {
    const cancellation = this.#cancellation();
    const inputs =
      size > 1
        ? joined(model, run, size)
        : (run[0] as Sample).tensors.map((tensor, i) => {
            const spec = model.signature.inputs[i];
            return spec === undefined || !model.batchDim ? tensor : withRow(tensor, spec);
          });
    const { account, deadlineAt } = this.#call;
    const request: InferRequest = {
      model: model.name,
      version: model.version,
      id: '',
      inputs,
      outputs: undefined,
      timeoutUs: remainingUs(deadlineAt, 0, performance.now()),
      priority: 0,
      cancellation,
    };
    const settle = (answer: (sample: Sample, row: number) => InstanceMessage | ServingError): void => {
      run.forEach((sample, row) => {
        this.#answers[sample.index] = answer(sample, row);
      });
    };
    return {
      request,
      account,
      place: () => undefined,
      finish: ({ outputs }: InferReply) => {
        const rows = rowsOf(model, run, size);
        const found = run.map((_sample, row) => writeInstance(outputs, method, row, rows));
        settle((_sample, row) => found[row] ?? empty);
      },
      fail: (error) => settle(() => error),
      release: () => {
        this.#running -= 1;
        if (this.#running === 0) this.#done();
      },
    };
  }

  /** The call's cancellation for one of its runs. */
  #cancellation(): Cancellation {
    const call = this.#call;
    const cancels = this.#cancels;
    let current: (() => void) | undefined;
    return {
      get cancelled() {
        return call.cancelled;
      },
      onCancelled: (listener) => {
        if (current !== undefined) cancels.delete(current);
        current = listener;
        if (listener !== undefined) cancels.add(listener);
      },
    };
  }

  #done(): void {
    const failed = this.#answers.filter((answer) => answer instanceof ServingError);
    const [first] = failed;
    const alike = failed.length === this.#answers.length && failed.every((error) => error.message === first?.message);
    if (first !== undefined && alike) return this.#whole(first);
    this.#call.account.rows = this.#answers.length - failed.length;
    this.#call.account.failure = first;
    this.#answer(this.#answers);
  }

  #whole(error: ServingError): void {
    this.#call.account.failure = error;
    this.#answer(error);
  }
}

/** The sample has the model's whole shape, batch dimension included. */
function isWhole(model: ServedModel, { tensors }: Sample): boolean {
  return model.signature.inputs.some(({ shape }, i) => shape !== null && tensors[i]?.shape.length === shape.length);
}

/** Rows to cut the outputs of a run into; 0 where they are the sample's as they are. */
function rowsOf(model: ServedModel, run: readonly Sample[], size: number): number {
  if (size > 1) return size;
  const [first] = run;
  const lacks = model.signature.inputs.some(
    ({ shape }, i) => shape !== null && first?.tensors[i]?.shape.length === shape.length - 1,
  );
  return lacks ? 1 : 0;
}

/** The samples of one run behind each other, the last one repeated up to the size of the run. */
function joined(model: ServedModel, run: readonly Sample[], size: number): NamedTensor[] {
  return model.signature.inputs.map((spec, i) => {
    const tensors = Array.from({ length: size }, (_, row) => (run[Math.min(row, run.length - 1)] as Sample).tensors[i]);
    const [first] = tensors;
    if (first === undefined) throw new ServingError('INTERNAL', `input ${spec.name} was not read`);
    for (const tensor of tensors)
      if (tensor?.dtype !== first.dtype || String(tensor.shape) !== String(first.shape))
        throw new ServingError('INVALID_ARGUMENT', `input "${spec.name}": differs in shape or type between instances`);
    return {
      ...first,
      shape: [size, ...first.shape],
      bytes: Buffer.concat(tensors.map((t) => (t as NamedTensor).bytes)),
    };
  });
}
