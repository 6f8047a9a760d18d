// Requests that wait for room in the full queue of a model (batching.when_full: delay), in the order in which the queue takes its own.
//
//   request ─► queue (max_queue) ─► instances
//        └──► second line (max_delayed), each until there is room, or its time is over
//
// A request that comes while others wait goes behind them. Whatever leaves the queue ends in a completion, so that is when the line moves. What
// waits holds its message and no memory for its reply, and counts in every limit on requests and bytes.

import { ServingError } from '../errors.ts';
import type { NativeModel } from '../native/binding-types.ts';
import type { QueueTimeouts } from './queue-timeouts.ts';

export interface LineSettings {
  /** name/version */
  readonly label: string;
  /** Requests that the queue takes. */
  readonly queue: number;
  /** Requests that may wait for room in it. */
  readonly most: number;
  /** How long, by priority. */
  readonly waits: QueueTimeouts;
}

/** One that waits; exactly one of the two is called, once. */
export interface InLine {
  /** There is room. */
  start(): void;
  /** Its time is over: OVERLOADED, or DEADLINE_EXCEEDED. */
  refuse(error: ServingError): void;
}

interface Place {
  /** In milliseconds: that of arrival and what the priority costs, as in native code (runtime/queue/request_queue.h). */
  readonly at: number;
  readonly waiting: InLine;
  readonly timer: NodeJS.Timeout;
}

/** The queue that has no room. */
type Queue = Pick<NativeModel, 'queueDepth' | 'headStartMs'>;

export class SecondLine {
  readonly #settings: LineSettings;
  readonly #native: Queue;
  readonly #places: Place[] = [];
  #advancing = false;

  constructor(native: Queue, settings: LineSettings) {
    this.#native = native;
    this.#settings = settings;
  }

  get size(): number {
    return this.#places.length;
  }

  /** Whether a request that comes now has to wait. */
  mustWait(): boolean {
    this.advance();
    return this.#places.length > 0 || !this.#hasRoom;
  }

  /** Lets one wait, and returns what takes it out again, with neither of its functions called. Throws OVERLOADED where too many do. */
  add(priority: number, timeoutUs: number, waiting: InLine): () => void {
    const { label, queue, most, waits } = this.#settings;
    if (this.#places.length >= most)
      throw new ServingError(
        'OVERLOADED',
        `the queue of ${label} is full: ${queue} requests wait (batching.max_queue), and ${most} more for room (batching.max_delayed)`,
      );
    const limitUs = waits.shorten(priority, timeoutUs);
    const end = (): void => {
      this.#remove(place);
      const ms = limitUs / 1000;
      waiting.refuse(
        timeoutUs > 0 && timeoutUs <= limitUs
          ? new ServingError('DEADLINE_EXCEEDED', `the deadline passed while the request waited for room in the queue`)
          : new ServingError('OVERLOADED', `the queue of ${label} had no room within ${ms} ms (batching.delay)`),
      );
    };
    const rank = priority <= 0 ? Number.POSITIVE_INFINITY : priority;
    const { headStartMs } = this.#native;
    const at = performance.now() + headStartMs - headStartMs / rank;
    const place: Place = { at, waiting, timer: setTimeout(end, Math.ceil(limitUs / 1000)) };
    const behind = this.#places.findLastIndex((other) => other.at <= at);
    this.#places.splice(behind + 1, 0, place);
    return () => this.#remove(place);
  }

  /** Starts those that there is room for. */
  advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    try {
      while (this.#places.length > 0 && this.#hasRoom) {
        const [first] = this.#places;
        if (first === undefined) break;
        this.#remove(first);
        first.waiting.start();
      }
    } finally {
      this.#advancing = false;
    }
  }

  get #hasRoom(): boolean {
    return this.#native.queueDepth() < this.#settings.queue;
  }

  #remove(place: Place): void {
    clearTimeout(place.timer);
    const index = this.#places.indexOf(place);
    if (index >= 0) this.#places.splice(index, 1);
  }
}

/** A line for each of the models of a version. */
export class SecondLines {
  readonly #settings: LineSettings;
  readonly #lines = new Map<number, SecondLine>();

  constructor(settings: LineSettings) {
    this.#settings = settings;
  }

  of(native: Queue & Pick<NativeModel, 'id'>): SecondLine {
    const known = this.#lines.get(native.id);
    if (known !== undefined) return known;
    const made = new SecondLine(native, this.#settings);
    this.#lines.set(native.id, made);
    return made;
  }

  /** Requests that wait. */
  get size(): number {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.size, 0);
  }
}
