// What stands in the place of the model in a version of a servable that has none: its methods run functions and the models of other servables.

import { ServingError } from '../errors.ts';
import type { MemoryUse, NativeModel, Signature } from '../native/binding-types.ts';

/** Numbers of models count up; these count down. */
let last = 0;

export class NoModel implements NativeModel {
  readonly id: number = --last;
  readonly signature: Signature = { inputs: [], outputs: [], batched: false };
  readonly headStartMs: number = 0;
  readonly #label: string;

  /** label: name/version. */
  constructor(label: string) {
    this.#label = label;
  }

  report(): string {
    return '{}';
  }

  memory(): MemoryUse {
    return { constants: 0, packed: 0, arenas: 0, kernels: 0, device: 0 };
  }

  queueDepth(): number {
    return 0;
  }

  failure(): string {
    return '';
  }

  submit(): number {
    throw new ServingError('UNSUPPORTED', `${this.#label}: has no model of its own, want one of its methods`);
  }

  cancel(): boolean {
    return false;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
