// One loaded fake model: a queue, one "instance" that executes batches after a delay, and the completions.

import { existsSync } from 'node:fs';
import type { BatchCompletion, LoadOptions, MemoryUse, NativeError, NativeModel, Signature } from './binding-types.ts';
import { type FakeModelFile, fakeError } from './fake-file.ts';

/** What a model needs of its addon. */
export interface FakeHost {
  ticket(): number;
  complete(batch: BatchCompletion): void;
}

interface Waiting {
  readonly ticket: number;
  readonly inputs: readonly Uint8Array[];
  readonly shapes: readonly (readonly number[])[];
  readonly outputs: readonly (Uint8Array | null | undefined)[];
  readonly since: number;
  readonly deadline: number;
  readonly priority: number;
}

interface Outcome {
  readonly error: NativeError | null;
  readonly shapes: readonly (readonly number[])[] | null;
  readonly buffers: readonly (ArrayBuffer | null)[] | null;
}

const noDevice = { dispatchNs: 0, toDeviceNs: 0, deviceNs: 0, toHostNs: 0 } as const;

export class FakeModel implements NativeModel {
  readonly id: number;
  readonly signature: Signature;
  readonly headStartMs: number = 2000;
  readonly #file: FakeModelFile;
  readonly #options: LoadOptions;
  readonly #host: FakeHost;
  #queue: Waiting[] = [];
  #running = false;
  #closed = false;

  constructor(id: number, file: FakeModelFile, options: LoadOptions, host: FakeHost) {
    this.id = id;
    this.#file = file;
    this.#options = options;
    this.#host = host;
    const outputs = file.outputs.map((spec, i) => ({ ...spec, name: options.outputNames[i] ?? spec.name }));
    this.signature = { inputs: file.inputs, outputs, batched: file.batched };
  }

  report(): string {
    return JSON.stringify({
      label: this.#options.label,
      engines: this.#options.engines,
      nodes: [{ name: 'fake', engine: 'cpu', why: '' }],
    });
  }

  memory(): MemoryUse {
    return { constants: 1000, packed: 0, arenas: 200, kernels: 0, device: 0 };
  }

  queueDepth(): number {
    return this.#queue.length;
  }

  /** What failure() answers. */
  broken = '';

  failure(): string {
    return this.broken;
  }

  /** While this is set no execution ends. */
  held = false;

  get closed(): boolean {
    return this.#closed;
  }

  submit(
    inputs: readonly Uint8Array[],
    shapes: readonly (readonly number[])[],
    outputs: readonly (Uint8Array | null | undefined)[],
    timeoutUs: number,
    priority: number,
  ): number {
    if (this.#closed) throw fakeError('NOT_READY', `${this.#options.label}: closed`);
    if (
      inputs.length !== this.signature.inputs.length ||
      shapes.length !== inputs.length ||
      outputs.length !== this.signature.outputs.length
    ) {
      throw fakeError('INVALID_ARGUMENT', `${this.#options.label}: wrong number of tensors`);
    }
    if (this.#queue.length >= this.#options.maxQueue)
      throw fakeError('OVERLOADED', `${this.#options.label}: the queue is full`);
    const ticket = this.#host.ticket();
    const since = performance.now();
    const deadline = timeoutUs > 0 ? since + timeoutUs / 1000 : Number.POSITIVE_INFINITY;
    this.#queue.push({ ticket, inputs, shapes, outputs, since, deadline, priority: priority === 0 ? 1000 : priority });
    this.#queue.sort((a, b) => a.priority - b.priority || a.ticket - b.ticket);
    this.#wake();
    return ticket;
  }

  cancel(ticket: number): boolean {
    const index = this.#queue.findIndex((waiting) => waiting.ticket === ticket);
    const [found] = index < 0 ? [] : this.#queue.splice(index, 1);
    if (found === undefined) return false;
    setImmediate(() => this.#refuse([found], 'CANCELLED', 'cancelled while queued'));
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const waiting = this.#queue;
    this.#queue = [];
    if (waiting.length > 0) setImmediate(() => this.#refuse(waiting, 'NOT_READY', 'closed while queued'));
    while (this.#running) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    setImmediate(() => this.#next());
  }

  #next(): void {
    const now = performance.now();
    const expired = this.#queue.filter((waiting) => waiting.deadline <= now);
    this.#queue = this.#queue.filter((waiting) => waiting.deadline > now);
    if (expired.length > 0) this.#refuse(expired, 'DEADLINE_EXCEEDED', 'expired in the queue');
    const batch = this.#take();
    if (batch.length === 0) {
      this.#running = false;
      return;
    }
    const { computeMs = 0 } = this.#file;
    const run = (): void => {
      // A timer counts from the turn of the event loop it was set in, which may be some time ago.
      if (this.#isHeld() || performance.now() - now < computeMs) return void setTimeout(run, 1);
      this.#execute(batch, now);
      setImmediate(() => this.#next());
    };
    if (computeMs > 0) setTimeout(run, computeMs);
    else run();
  }

  #isHeld(): boolean {
    const { gate } = this.#file;
    return this.held || (gate !== undefined && !existsSync(gate));
  }

  /** The head of the queue and what may run with it. */
  #take(): Waiting[] {
    const batch: Waiting[] = [];
    let rows = 0;
    while (this.#queue.length > 0) {
      const head = this.#queue[0];
      const more = head?.shapes[0]?.[0] ?? 1;
      if (head === undefined || (batch.length > 0 && (!this.signature.batched || rows + more > this.#options.maxBatch)))
        break;
      rows += more;
      batch.push(head);
      this.#queue.shift();
    }
    return batch;
  }

  #execute(batch: readonly Waiting[], startedAt: number): void {
    const outcomes = batch.map((waiting) => computeOne(this.#file, this.signature, waiting));
    const rows = this.signature.batched ? batch.reduce((sum, waiting) => sum + (waiting.shapes[0]?.[0] ?? 1), 0) : 1;
    const computeNs = Math.max(1, Math.round((performance.now() - startedAt) * 1e6) - 3000);
    this.#host.complete({
      model: this.id,
      rows,
      paddedRows: rows,
      gatherNs: 1000,
      computeNs,
      scatterNs: 2000,
      ...noDevice,
      tickets: batch.map((waiting) => waiting.ticket),
      queueNs: batch.map((waiting) => Math.round((startedAt - waiting.since) * 1e6)),
      errors: outcomes.map((outcome) => outcome.error),
      shapes: outcomes.map((outcome) => outcome.shapes),
      buffers: outcomes.map((outcome) => outcome.buffers),
    });
  }

  #refuse(requests: readonly Waiting[], code: string, message: string): void {
    const now = performance.now();
    this.#host.complete({
      model: this.id,
      rows: 0,
      paddedRows: 0,
      gatherNs: 0,
      computeNs: 0,
      scatterNs: 0,
      ...noDevice,
      tickets: requests.map((waiting) => waiting.ticket),
      queueNs: requests.map((waiting) => Math.round((now - waiting.since) * 1e6)),
      errors: requests.map(() => ({ code, message: `${this.#options.label}: ${message}` })),
      shapes: requests.map(() => null),
      buffers: requests.map(() => null),
    });
  }
}

function computeOne(file: FakeModelFile, signature: Signature, request: Waiting): Outcome {
  if (file.compute === 'fail')
    return { error: { code: 'ENGINE_FAILED', message: 'the fake engine broke' }, shapes: null, buffers: null };
  const shapes: (readonly number[])[] = [];
  const buffers: (ArrayBuffer | null)[] = [];
  for (const [index, destination] of request.outputs.entries()) {
    if (destination === undefined || signature.outputs[index] === undefined) continue;
    const source = Math.min(index, request.inputs.length - 1);
    const { bytes, shape } = computeTensor(
      file.compute,
      request.inputs[source] ?? new Uint8Array(),
      request.shapes[source] ?? [],
    );
    shapes.push(shape);
    if (destination === null) {
      buffers.push(new Uint8Array(bytes).buffer);
      continue;
    }
    if (destination.byteLength !== bytes.byteLength) {
      return { error: { code: 'INTERNAL', message: 'a destination has the wrong size' }, shapes: null, buffers: null };
    }
    destination.set(bytes);
    buffers.push(null);
  }
  return { error: null, shapes, buffers: buffers.every((buffer) => buffer === null) ? null : buffers };
}

function computeTensor(
  compute: FakeModelFile['compute'],
  input: Uint8Array,
  shape: readonly number[],
): { bytes: Uint8Array; shape: readonly number[] } {
  if (compute === 'copy') return { bytes: input, shape };
  const values = new Float32Array(new Uint8Array(input).buffer);
  const result = compute === 'double' ? values.map((value) => 2 * value) : values.filter((value) => value !== 0);
  return { bytes: new Uint8Array(result.buffer), shape: compute === 'double' ? shape : [result.length] };
}
