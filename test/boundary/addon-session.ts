// The addon with its completions sorted by ticket, for the boundary tests.

import { readFileSync } from 'node:fs';
import { loadAddon } from '../../server/native/binding.ts';
import type {
  BatchCompletion,
  LoadOptions,
  NativeAddon,
  NativeError,
  NativeModel,
} from '../../server/native/binding-types.ts';
import { projectPath } from '../../server/util/root.ts';

/** What came back for one request. */
export interface Outcome {
  readonly error: NativeError | null;
  readonly shapes: readonly (readonly number[])[] | null;
  readonly buffers: readonly (ArrayBuffer | null)[] | null;
  readonly batch: BatchCompletion;
}

export interface Session {
  readonly addon: NativeAddon;
  /** Resolves with the outcome of a ticket, whether it is there already or not. */
  outcome(ticket: number): Promise<Outcome>;
  /** How many completions each ticket has had. */
  readonly counts: ReadonlyMap<number, number>;
}

export function openSession(): Session {
  const addon = loadAddon();
  const done = new Map<number, Outcome>();
  const counts = new Map<number, number>();
  const waiting = new Map<number, (outcome: Outcome) => void>();
  addon.setCompletionHandler((batch) => {
    batch.tickets.forEach((ticket, i) => {
      counts.set(ticket, (counts.get(ticket) ?? 0) + 1);
      const outcome = {
        error: batch.errors[i] ?? null,
        shapes: batch.shapes[i] ?? null,
        buffers: batch.buffers[i] ?? null,
        batch,
      };
      const resolve = waiting.get(ticket);
      if (resolve === undefined) done.set(ticket, outcome);
      else resolve(outcome);
    });
  });
  return {
    addon,
    counts,
    outcome: (ticket) => {
      const there = done.get(ticket);
      return there === undefined ? new Promise((resolve) => waiting.set(ticket, resolve)) : Promise.resolve(there);
    },
  };
}

export const digitsPath: string = projectPath('servables', 'digits', '1', 'model.mindir');

export function digitsOptions(changes: Partial<LoadOptions> = {}): LoadOptions {
  return {
    path: digitsPath,
    label: 'digits/1',
    engines: ['cpu'],
    precision: 'origin',
    keepFp32: [],
    outputNames: [],
    threads: 1,
    instances: 1,
    maxBatch: 4,
    maxQueueDelayUs: 0,
    buckets: [],
    maxQueue: 1000,
    maxPlans: 4,
    maxMemory: 2 ** 32,
    maxWork: 2000,
    loopSteps: 1_000_000,
    cacheDir: null,
    ...changes,
  };
}

/** One blank image (or `rows` of them) submitted with outputs to be allocated. */
export function submitImage(model: NativeModel, rows = 1, timeoutUs = 0): number {
  return model.submit([new Uint8Array(rows * 4096)], [[rows, 1, 32, 32]], [null], timeoutUs, 0);
}

/** The resident memory of this process in bytes. */
export function residentBytes(): number {
  const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[1]);
  return pages * 4096;
}
