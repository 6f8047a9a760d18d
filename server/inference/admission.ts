// The limit on requests in flight, and the gate that closes for a drain. A request enters once and leaves once.
// Bytes in flight are limited where they arrive, before a message is whole: transport/grpc/byte-gate.ts.

import { ServingError } from '../errors.ts';

export class Admission {
  readonly #maxRequests: number;
  #requests = 0;
  #closed = false;
  #waiting: (() => void)[] = [];

  /** maxRequests: most requests in flight over all models. */
  constructor(maxRequests: number) {
    this.#maxRequests = maxRequests;
  }

  /** Requests that have entered and not left. */
  get requests(): number {
    return this.#requests;
  }

  /** Takes one place, or throws OVERLOADED or, once closed, NOT_READY. */
  enter(): void {
    if (this.#closed) throw new ServingError('NOT_READY', 'the server is shutting down');
    if (this.#requests >= this.#maxRequests) {
      throw new ServingError(
        'OVERLOADED',
        `${this.#requests} requests are in flight, the limit is ${this.#maxRequests} (server.max_requests_in_flight)`,
      );
    }
    this.#requests += 1;
  }

  /** Gives the place back. */
  leave(): void {
    this.#requests -= 1;
    if (this.#requests > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  /** Closes the gate for good. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when nothing is in flight. */
  idle(): Promise<void> {
    if (this.#requests === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
