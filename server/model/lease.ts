// A reference that keeps a copy alive while a request uses it.

import type { Lease, ServedModel } from './served.ts';

/** Counts leases; tells once whenever the count comes back to zero. */
export class LeaseCounter {
  #count = 0;
  readonly #onIdle: () => void;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  get count(): number {
    return this.#count;
  }

  /** A lease on `model`; releasing it a second time does nothing. */
  take(model: ServedModel): Lease {
    this.#count += 1;
    let held = true;
    return {
      model,
      release: () => {
        if (!held) return;
        held = false;
        this.#count -= 1;
        if (this.#count === 0) this.#onIdle();
      },
    };
  }
}
