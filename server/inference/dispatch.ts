// The hot path: lease → validate → admit → submit → (native) → completion → reply.
//
//   run() ──► bind() ──► native.submit() ─► ticket ───┐
//                                                     │  one Pending per ticket
//   complete(batch) ◄── one call per executed batch ──┘  settles each exactly once, in whatever order
//
// A request is never settled from two places: after submit only the completion handler settles it. A caller that goes
// away only asks native code to cancel; the completion still comes and returns the lease.

import { ServingError, toServingError } from '../errors.ts';
import type { KnownOutput } from '../model/response-cache.ts';
import type { SecondLine } from '../model/second-line.ts';
import type { Lease, ModelDirectory, ServedModel } from '../model/served.ts';
import type { BatchCompletion, NativeAddon } from '../native/binding-types.ts';
import { OpenTable } from '../util/open-table.ts';
import type { Admission } from './admission.ts';
import { EXPIRED } from './deadline.ts';
import type { Exchange, MethodRunner, StageRunner } from './exchange.ts';
import { requireGrant } from './grant.ts';
import { addressOf, methodMeant } from './method-name.ts';
import { questionOf } from './question.ts';
import type { InferReply, NamedTensor } from './request.ts';
import { type Bound, bind } from './validate.ts';

/** Callers' deadlines are kept in whole milliseconds. */
const CLOCK_GRAIN_US = 1000;

interface Asked {
  readonly exchange: Exchange;
  readonly lease: Lease;
  readonly bound: Bound;
  /** It is a request of its own, and no stage of one. */
  readonly counted: boolean;
  /** What was asked, where the answer is to be kept. */
  readonly question: string | undefined;
}

interface Pending extends Asked {
  readonly placed: readonly (Uint8Array | null)[] | undefined;
}

export class Dispatcher implements StageRunner {
  readonly #models: ModelDirectory;
  readonly #admission: Admission;
  readonly #methods: MethodRunner | undefined;
  readonly #pending = new OpenTable<Pending>();

  /** Takes over the addon's completion handler. `methods` runs requests that name a method; without it there are none. */
  constructor(
    models: ModelDirectory,
    admission: Admission,
    addon: Pick<NativeAddon, 'setCompletionHandler'>,
    methods?: MethodRunner,
  ) {
    this.#models = models;
    this.#admission = admission;
    this.#methods = methods;
    addon.setCompletionHandler((batch) => this.#complete(batch));
  }

  /** Runs one request; throws nothing. */
  run(exchange: Exchange): void {
    const { request, account } = exchange;
    let lease: Lease | undefined;
    let entered = false;
    try {
      const { name, method: named } = addressOf(request);
      if (named !== '') account.servable = name;
      requireGrant(account.grant, name);
      lease = this.#models.lease(name, request.version, request.sticky);
      account.model = lease.model;
      if (request.timeoutUs === EXPIRED)
        throw new ServingError('DEADLINE_EXCEEDED', 'the deadline passed before the request could be queued');
      if (request.cancellation?.cancelled === true) throw new ServingError('CANCELLED', 'the caller went away');
      const method = methodMeant(lease.model, named);
      if (method !== '') {
        this.#admission.enter();
        entered = true;
        return this.#runMethod(exchange, lease, method);
      }
      const bound = bind(lease.model.signature, request.inputs, request.outputs);
      account.rows = bound.rows;
      this.#admission.enter();
      entered = true;
      this.#answer(exchange, lease, bound);
    } catch (caught) {
      if (entered) this.#admission.leave();
      exchange.fail(toServingError(caught));
      exchange.release();
      lease?.release();
    }
  }

  /** A model inside a method: the request has its place, and is counted where it began. */
  stage(exchange: Exchange, lease: Lease): void {
    try {
      const { inputs, outputs } = exchange.request;
      const { name, isModelless } = lease.model;
      if (isModelless === true) throw new ServingError('UNSUPPORTED', `${name}: has no model, which a stage needs`);
      this.#submit(exchange, lease, bind(lease.model.signature, inputs, outputs), false);
    } catch (caught) {
      exchange.fail(toServingError(caught));
      exchange.release();
      lease.release();
    }
  }

  lease(name: string, version: string): Lease {
    return this.#models.lease(name, version);
  }

  /** From the cache of answers where the version has one and knows this one, else by a run. */
  #answer(exchange: Exchange, lease: Lease, bound: Bound): void {
    const { responses, statistics } = lease.model;
    if (responses === undefined) return this.#submit(exchange, lease, bound, true);
    const start = performance.now();
    const question = questionOf(bound);
    const known = responses.get(question);
    const ns = (performance.now() - start) * 1e6;
    if (known === undefined) {
      statistics.cacheMisses += 1;
      statistics.cacheMissNs += ns;
      return this.#submit(exchange, lease, bound, true, question);
    }
    statistics.cacheHits += 1;
    statistics.cacheHitNs += ns;
    const placed = bound.specs === undefined ? undefined : exchange.place(lease.model, bound.specs);
    exchange.account.clock.submitted(performance.now());
    try {
      exchange.finish(knownReply(exchange, lease, bound, known, placed));
    } catch (caught) {
      exchange.fail(toServingError(caught));
    }
    exchange.release();
    this.#admission.leave();
    lease.release();
  }

  #runMethod(exchange: Exchange, lease: Lease, method: string): void {
    const { metrics } = lease.model;
    if (this.#methods === undefined) throw new ServingError('NOT_FOUND', `${lease.model.name}: no method ${method}`);
    metrics.inFlight(1);
    try {
      this.#methods.run(exchange, lease, method, this, () => {
        metrics.inFlight(-1);
        this.#admission.leave();
        lease.release();
      });
    } catch (caught) {
      metrics.inFlight(-1);
      throw caught;
    }
  }

  #submit(exchange: Exchange, lease: Lease, bound: Bound, counted: boolean, question?: string): void {
    const asked: Asked = { exchange, lease, bound, counted, question };
    const { lines, native } = lease.model;
    const line = lines?.of(native);
    if (line?.mustWait() === true) return this.#wait(asked, line);
    const refusal = line === undefined ? refusalOf(lease.model, bound.rows) : undefined;
    if (refusal !== undefined) throw refusal;
    this.#enqueue(asked, 0);
    if (counted) lease.model.metrics.inFlight(1);
  }

  /** The queue is full: the request goes behind those that wait for room in it. Throws OVERLOADED. */
  #wait(asked: Asked, line: SecondLine): void {
    const { exchange, lease, counted } = asked;
    const { request, account } = exchange;
    const since = performance.now();
    const over = (): number => {
      request.cancellation?.onCancelled(undefined);
      const waitedMs = performance.now() - since;
      account.clock.held(waitedMs);
      return waitedMs * 1000;
    };
    const refuse = (error: ServingError): void => {
      over();
      this.#refuse(asked, error);
    };
    const leave = line.add(request.priority, request.timeoutUs, {
      start: () => {
        const waitedUs = over();
        try {
          this.#enqueue(asked, waitedUs);
        } catch (caught) {
          this.#refuse(asked, toServingError(caught));
        }
      },
      refuse,
    });
    account.clock.submitted(since);
    if (counted) lease.model.metrics.inFlight(1);
    request.cancellation?.onCancelled(() => {
      leave();
      refuse(new ServingError('CANCELLED', 'the caller went away while the request waited for room in the queue'));
    });
  }

  /** Ends a request that waited in vain. */
  #refuse({ exchange, lease, counted }: Asked, error: ServingError): void {
    exchange.fail(blameDeadline(error, exchange));
    exchange.release();
    if (counted) {
      lease.model.metrics.inFlight(-1);
      this.#admission.leave();
    }
    lease.release();
  }

  /** Hands a request that has waited for so long to native code. */
  #enqueue(asked: Asked, waitedUs: number): void {
    const { exchange, lease, bound } = asked;
    const { request, account } = exchange;
    const { model } = lease;
    const { priority } = request;
    const leftUs = request.timeoutUs > 0 ? Math.floor(request.timeoutUs - waitedUs) : 0;
    if (leftUs < 0 || (leftUs === 0 && request.timeoutUs > 0))
      throw new ServingError('DEADLINE_EXCEEDED', 'the deadline passed while the request waited for room in the queue');
    const placed = bound.specs === undefined ? undefined : exchange.place(model, bound.specs);
    const outputs = new Array<Uint8Array | null | undefined>(model.signature.outputs.length).fill(undefined);
    for (let index = 0; index < bound.wanted.outputs.length; index++)
      outputs[bound.wanted.outputs[index] as number] = placed?.[index] ?? null;
    const timeoutUs = model.queueTimeouts?.shorten(priority, leftUs) ?? leftUs;
    if (waitedUs === 0) account.clock.submitted(performance.now());
    const ticket = model.native.submit(
      bound.inputs,
      bound.shapes,
      outputs,
      timeoutUs,
      priority,
      request.timed === true,
    );
    this.#pending.set(ticket, { ...asked, placed });
    request.cancellation?.onCancelled(() => {
      if (this.#pending.has(ticket)) model.native.cancel(ticket);
    });
  }

  #complete(batch: BatchCompletion): void {
    let counted = false;
    let model: ServedModel | undefined;
    for (let index = 0; index < batch.tickets.length; index++) {
      const ticket = batch.tickets[index];
      const pending = ticket === undefined ? undefined : this.#pending.get(ticket);
      if (ticket === undefined || pending === undefined) continue;
      this.#pending.delete(ticket);
      model = pending.lease.model;
      if (!counted && batch.rows > 0) {
        counted = true;
        pending.lease.model.metrics.executed(batch);
      }
      this.#finish(pending, batch, index);
    }
    if (model?.lines !== undefined) model.lines.of(model.native).advance();
  }

  #finish(pending: Pending, batch: BatchCompletion, index: number): void {
    const { exchange, lease } = pending;
    const { request, account } = exchange;
    account.clock.executed(batch, index);
    request.cancellation?.onCancelled(undefined);
    try {
      const failure = batch.errors[index];
      if (failure !== null && failure !== undefined) throw toServingError(failure);
      const reply = makeReply(pending, batch, index);
      if (pending.question !== undefined) lease.model.responses?.put(pending.question, reply.outputs);
      exchange.finish(reply);
    } catch (caught) {
      exchange.fail(blameDeadline(toServingError(caught), exchange));
    } finally {
      exchange.release();
      if (pending.counted) {
        lease.model.metrics.inFlight(-1);
        this.#admission.leave();
      }
      lease.release();
    }
  }
}

/** Why the queue does not take a request now, before memory for its reply is taken. What would not come to the queue is left to native code. */
function refusalOf(model: ServedModel, rows: number): ServingError | undefined {
  return rows > 0 && rows <= model.maxBatch ? model.refusal?.() : undefined;
}

/** A transport cancels what its own timer ended; that a deadline passed is the cause, and the queue may report it second. */
function blameDeadline(error: ServingError, { request, account }: Exchange): ServingError {
  if (error.code !== 'CANCELLED' || request.timeoutUs <= 0) return error;
  if (account.clock.waitedUs(performance.now()) < request.timeoutUs - CLOCK_GRAIN_US) return error;
  return new ServingError('DEADLINE_EXCEEDED', 'the deadline passed while the request was queued', { cause: error });
}

function makeReply(pending: Pending, batch: BatchCompletion, index: number): InferReply {
  const { exchange, lease, bound, placed } = pending;
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
  const { clock } = exchange.account;
  return {
    model: model.name,
    version: model.version,
    id: exchange.request.id,
    outputs,
    times: (now) => clock.times(now),
  };
}

/** The reply of an answer that is known, in the places of its outputs where those are given. */
function knownReply(
  { account, request }: Exchange,
  { model }: Lease,
  { wanted }: Bound,
  known: readonly KnownOutput[],
  placed: Pending['placed'],
): InferReply {
  const outputs = wanted.outputs.map((output, position): NamedTensor => {
    const [spec, found] = [model.signature.outputs[output], known[position]];
    if (spec === undefined || found === undefined)
      throw new ServingError('INTERNAL', `${model.name}/${model.version}: the answer lacks output ${output}`);
    const place = placed?.[position] ?? undefined;
    place?.set(found.bytes);
    return { name: spec.name, dtype: spec.dtype, shape: found.shape, bytes: place ?? found.bytes };
  });
  const { clock } = account;
  return { model: model.name, version: model.version, id: request.id, outputs, times: (now) => clock.times(now) };
}
