// A timer that comes often while there is work and seldom while there is none, so that an idle process sleeps.

/** Between two beats, in milliseconds. */
const busyMs = 100;
const idleMs = 1000;
/** Share of its time that the event loop works when it counts as busy. */
const busyShare = 0.02;

export interface PulseParts {
  /** What is done at each beat; the next one comes `nextMs` later. */
  beat(nextMs: number): void;
  /** There is work that the event loop's own time does not show. */
  isBusy(): boolean;
}

export class Pulse {
  readonly #parts: PulseParts;
  #timer: NodeJS.Timeout | undefined;
  #before = performance.eventLoopUtilization();

  constructor(parts: PulseParts) {
    this.#parts = parts;
  }

  /** Starts; keeps no process alive. */
  start(): void {
    this.#wait(busyMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#beat(), ms).unref();
  }

  #beat(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#before);
    this.#before = now;
    const nextMs = utilization >= busyShare || this.#parts.isBusy() ? busyMs : idleMs;
    this.#wait(nextMs);
    this.#parts.beat(nextMs);
  }
}
