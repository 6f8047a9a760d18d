// How long requests may wait in the queue of a version, by their priority.

import { parseDuration } from '../config/units.ts';

/** Microseconds by priority; 0: no limit. */
export class QueueTimeouts {
  readonly #usual: number;
  readonly #own: ReadonlyMap<number, number>;

  /** usualMs: of priorities without one of their own; null: none. own: texts PRIORITY=DURATION that were checked (config/servable.ts). */
  constructor(usualMs: number | null, own: readonly string[]) {
    this.#usual = Math.round((usualMs ?? 0) * 1000);
    this.#own = new Map(
      own.map((text) => {
        const [priority = '', duration = ''] = text.split('=', 2);
        return [Number(priority), Math.round((parseDuration(duration) ?? 0) * 1000)] as const;
      }),
    );
  }

  /** The shorter of what a request of a priority may wait and of its own time; 0 for none. */
  shorten(priority: number, timeoutUs: number): number {
    const limit = this.#own.get(priority) ?? this.#usual;
    if (limit === 0) return timeoutUs;
    return timeoutUs > 0 ? Math.min(limit, timeoutUs) : limit;
  }
}
