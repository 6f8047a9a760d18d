// The hot path: lease → validate → admit → submit → (native) → completion → statistics, metrics, reply.
//
//   infer() ──► bind() ──► native.submit() ─► ticket ─┐
//                                                     │  one Pending per ticket
//   complete(batch) ◄── one call per executed batch ──┘  settles each exactly once, in whatever order
//
// A request is never settled from two places: after submit only the completion handler settles it. A caller that goes
// away only asks native code to cancel; the completion still comes and returns the lease.

import { type ErrorCode, ServingError, toServingError } from '../errors.ts';
import type { Lease, ModelDirectory, ServedModel } from '../model/served.ts';
import type { BatchCompletion, NativeAddon } from '../native/binding-types.ts';
import type { Admission } from './admission.ts';
import { EXPIRED } from './deadline.ts';
import type { InferReply, InferRequest, NamedTensor, OutputPlacer } from './request.ts';
import { StageClock } from './stages.ts';
import { type Bound, bind } from './validate.ts';

/** Callers' deadlines are kept in whole milliseconds. */
const CLOCK_GRAIN_US = 1000;

/** Makes the protocol's answer from a reply; its time counts as the encode stage. */
export type Encoder<T> = (reply: InferReply) => T;

/** What the dispatcher tells others. */
export interface DispatchListener {
  /** A request that failed before it reached a model, or in one (name and version then say which). */
  failed?(error: ServingError, request: InferRequest, model: ServedModel | undefined): void;
}

interface Pending {
  readonly request: InferRequest;
  readonly lease: Lease;
  readonly bound: Bound;
  readonly placed: readonly (Uint8Array | null)[] | undefined;
  readonly clock: StageClock;
  readonly settle: (pending: Pending, reply: InferReply) => void;
  readonly reject: (error: ServingError) => void;
}

export class Dispatcher {
  readonly #models: ModelDirectory;
  readonly #admission: Admission;
  readonly #listener: DispatchListener;
  readonly #pending = new Map<number, Pending>();

  /** Takes over the addon's completion handler. */
  constructor(
    models: ModelDirectory,
    admission: Admission,
    addon: Pick<NativeAddon, 'setCompletionHandler'>,
    listener: DispatchListener = {},
  ) {
    this.#models = models;
    this.#admission = admission;
    this.#listener = listener;
    addon.setCompletionHandler((batch) => this.#complete(batch));
  }

  /** Runs one request. Rejects with a ServingError; resolves with what `encode` made of the reply. */
  infer<T>(request: InferRequest, encode: Encoder<T>, place?: OutputPlacer): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (pending: Pending, reply: InferReply): void => {
        const answer = encode(reply);
        this.#succeed(pending);
        resolve(answer);
      };
      this.#start(request, place, settle, reject);
    });
  }

  #start(
    request: InferRequest,
    place: OutputPlacer | undefined,
    settle: Pending['settle'],
    reject: Pending['reject'],
  ): void {
    let lease: Lease | undefined;
    let entered = false;
    try {
      lease = this.#models.lease(request.model, request.version);
      if (request.timeoutUs === EXPIRED)
        throw new ServingError('DEADLINE_EXCEEDED', 'the deadline passed before the request could be queued');
      if (request.cancellation?.cancelled === true) throw new ServingError('CANCELLED', 'the caller went away');
      const bound = bind(lease.model.signature, request.inputs, request.outputs);
      this.#admission.enter();
      entered = true;
      this.#submit(request, lease, bound, place, settle, reject);
    } catch (caught) {
      if (entered) this.#admission.leave();
      this.#refuse(caught, request, lease, reject);
    }
  }

  #submit(
    request: InferRequest,
    lease: Lease,
    bound: Bound,
    place: OutputPlacer | undefined,
    settle: Pending['settle'],
    reject: Pending['reject'],
  ): void {
    const { model } = lease;
    const placed = bound.specs === undefined ? undefined : place?.(model, bound.specs);
    const outputs = new Array<Uint8Array | null | undefined>(model.signature.outputs.length).fill(undefined);
    bound.wanted.outputs.forEach((output, index) => {
      outputs[output] = placed?.[index] ?? null;
    });
    const clock = new StageClock(request.receivedAt, performance.now());
    const ticket = model.native.submit(bound.inputs, bound.shapes, outputs, request.timeoutUs, request.priority);
    this.#pending.set(ticket, { request, lease, bound, placed, clock, settle, reject });
    model.metrics.inFlight(1);
    request.cancellation?.onCancelled(() => {
      if (this.#pending.has(ticket)) model.native.cancel(ticket);
    });
  }

  #refuse(caught: unknown, request: InferRequest, lease: Lease | undefined, reject: Pending['reject']): void {
    const error = toServingError(caught);
    if (lease !== undefined) {
      const now = performance.now();
      this.#observeFailure(lease.model, error.code, new StageClock(request.receivedAt, now), now);
      lease.release();
    }
    this.#listener.failed?.(error, request, lease?.model);
    reject(error);
  }

  #complete(batch: BatchCompletion): void {
    let counted = false;
    for (let index = 0; index < batch.tickets.length; index++) {
      const ticket = batch.tickets[index];
      const pending = ticket === undefined ? undefined : this.#pending.get(ticket);
      if (ticket === undefined || pending === undefined) continue;
      this.#pending.delete(ticket);
      if (!counted && batch.rows > 0) {
        counted = true;
        pending.lease.model.metrics.executed(batch);
      }
      this.#finish(pending, batch, index);
    }
  }

  #finish(pending: Pending, batch: BatchCompletion, index: number): void {
    const { lease, clock, request } = pending;
    clock.executed(batch, index);
    request.cancellation?.onCancelled(undefined);
    try {
      const failure = batch.errors[index];
      if (failure !== null && failure !== undefined) throw toServingError(failure);
      pending.settle(pending, makeReply(pending, batch, index));
    } catch (caught) {
      const now = performance.now();
      const error = blameDeadline(toServingError(caught), request, clock.waitedUs(now));
      this.#observeFailure(lease.model, error.code, clock, now);
      this.#listener.failed?.(error, request, lease.model);
      pending.reject(error);
    } finally {
      lease.model.metrics.inFlight(-1);
      this.#admission.leave();
      lease.release();
    }
  }

  #succeed(pending: Pending): void {
    const { model } = pending.lease;
    const times = pending.clock.times(performance.now());
    model.metrics.observe('OK', times, pending.bound.rows);
  }

  #observeFailure(model: ServedModel, code: ErrorCode, clock: StageClock, now: number): void {
    const times = clock.times(now);
    model.metrics.observe(code, times, 0);
  }
}

/** A transport cancels what its own timer ended; that a deadline passed is the cause, and the queue may report it second. */
function blameDeadline(error: ServingError, request: InferRequest, waitedUs: number): ServingError {
  if (error.code !== 'CANCELLED' || request.timeoutUs <= 0 || waitedUs < request.timeoutUs - CLOCK_GRAIN_US)
    return error;
  return new ServingError('DEADLINE_EXCEEDED', 'the deadline passed while the request was queued', { cause: error });
}

function makeReply(pending: Pending, batch: BatchCompletion, index: number): InferReply {
  const { lease, bound, placed, clock, request } = pending;
  const { model } = lease;
  const shapes = batch.shapes[index];
  const buffers = batch.buffers[index];
  const outputs = bound.wanted.outputs.map((output, position): NamedTensor => {
    const slot = bound.wanted.slots[position] ?? position;
    const spec = model.signature.outputs[output];
    const shape = shapes?.[slot] ?? bound.specs?.[position]?.shape;
    const allocated = buffers?.[slot] ?? undefined;
    const bytes = placed?.[position] ?? (allocated === undefined ? undefined : new Uint8Array(allocated));
    if (spec === undefined || shape === undefined || bytes === undefined) {
      throw new ServingError('INTERNAL', `${model.name}/${model.version}: the completion lacks output ${output}`);
    }
    return { name: spec.name, dtype: spec.dtype, shape, bytes };
  });
  return { model: model.name, version: model.version, id: request.id, outputs, times: (now) => clock.times(now) };
}
