// How late the event loop is, measured by a tick that comes anyway. Nothing is forgotten when it is read, so that any number of scrapers
// may read it; a monitor of the runtime would wake the process a hundred times a second.

import { Cells } from '../ledger/cells.ts';

export class LoopDelay {
  readonly cells: Cells = new Cells();
  #due: number | undefined;

  /** Called by the timer; `now` of performance.now(), the next tick comes `nextMs` later when nothing is late. */
  tick(now: number, nextMs: number): void {
    if (this.#due !== undefined) this.cells.observe(Math.max(0, now - this.#due) * 1e6);
    this.#due = now + nextMs;
  }
}
