// Runs models in this process, one sample after the other.

import { ServingError } from '../errors.ts';
import type { BatchCompletion, LoadOptions, NativeAddon, NativeModel, TensorSpec } from '../native/binding-types.ts';
import type { Sample } from './samples.ts';

/** What a run gives. */
export interface Ran {
  readonly outputs: readonly Uint8Array[];
  readonly shapes: readonly (readonly number[])[];
  readonly computeNs: number;
}

/** A loaded model. */
export class Running {
  readonly #native: NativeModel;
  readonly #pending: Map<string, (batch: BatchCompletion, position: number) => void>;

  constructor(native: NativeModel, pending: Map<string, (batch: BatchCompletion, position: number) => void>) {
    this.#native = native;
    this.#pending = pending;
  }

  get inputs(): readonly TensorSpec[] {
    return this.#native.signature.inputs;
  }

  get outputs(): readonly TensorSpec[] {
    return this.#native.signature.outputs;
  }

  /** How products are computed: "int8 in 5 of 5 products", by partition. */
  precisions(): string[] {
    interface Detail {
      readonly name: string;
      readonly value: string;
    }
    const report = JSON.parse(this.#native.report()) as {
      readonly plans?: readonly {
        readonly partitions?: readonly { readonly engine: string; readonly details?: readonly Detail[] }[];
      }[];
    };
    const found = (report.plans ?? []).flatMap(({ partitions = [] }) =>
      partitions.flatMap(({ engine, details = [] }) =>
        details.filter(({ name }) => name === 'precision').map(({ value }) => `${engine}: ${value}`),
      ),
    );
    return [...new Set(found)];
  }

  async run(sample: Sample): Promise<Ran> {
    const wanted = this.outputs.map(() => null);
    const ticket = this.#native.submit(sample.inputs, sample.shapes, wanted, 0, 0);
    const { batch, position } = await new Promise<{ batch: BatchCompletion; position: number }>((resolve) => {
      this.#pending.set(`${this.#native.id}:${ticket}`, (done, at) => resolve({ batch: done, position: at }));
    });
    const error = batch.errors[position];
    if (error) throw new ServingError('ENGINE_FAILED', `a run failed: ${error.message}`);
    return {
      outputs: (batch.buffers[position] ?? []).map((buffer) => new Uint8Array(buffer ?? new ArrayBuffer(0))),
      shapes: batch.shapes[position] ?? [],
      computeNs: batch.computeNs,
    };
  }

  close(): Promise<void> {
    return this.#native.close();
  }
}

/** The addon with a completion handler of its own: nobody else in this environment (thread) may have one. */
export class Runner {
  readonly #addon: NativeAddon;
  readonly #threads: number;
  readonly #pending = new Map<string, (batch: BatchCompletion, position: number) => void>();

  constructor(addon: NativeAddon, threads: number) {
    this.#addon = addon;
    this.#threads = threads;
    addon.setCompletionHandler((batch) => {
      for (const [position, ticket] of batch.tickets.entries()) {
        const key = `${batch.model}:${ticket}`;
        this.#pending.get(key)?.(batch, position);
        this.#pending.delete(key);
      }
    });
  }

  /** Loads a model on the cpu engine. */
  async load(path: string, label: string): Promise<Running> {
    const options: LoadOptions = {
      path,
      label,
      engines: ['cpu'],
      precision: 'origin',
      keepFp32: [],
      outputNames: [],
      threads: this.#threads,
      instances: 1,
      maxBatch: 1,
      maxQueueDelayUs: 0,
      buckets: [],
      maxQueue: 1024,
      maxPlans: 16,
      maxMemory: 0,
      maxWork: 0,
      loopSteps: 1_000_000,
      cacheDir: null,
    };
    return new Running(await this.#addon.load(options), this.#pending);
  }
}
