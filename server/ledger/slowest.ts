// The slowest requests of each of the last minutes. Almost every request is turned away by one comparison.

import type { CallEnd } from './call-end.ts';
import { recentMinutes } from './recent.ts';

const minuteMs = 60_000;
/** Kept of each minute. */
const perMinute = 8;
/** Callers choose the ids of their requests. */
const longestId = 100;

/** A slow request; times in nanoseconds. */
export type SlowCall = Pick<
  CallEnd,
  'servable' | 'version' | 'code' | 'totalNs' | 'times' | 'endedAt' | 'requestId' | 'peer' | 'parent'
>;

export class Slowest {
  readonly #minutes: SlowCall[][] = Array.from({ length: recentMinutes }, () => []);
  #newest = 0;
  /** The first minute whose requests were not taken. */
  #untold = 0;
  /** What a request of this minute must exceed. */
  #bar = 0;

  /** Takes a request of a known servable if it is among the slowest of its minute. */
  offer(call: CallEnd): void {
    const minute = Math.max(this.#newest, Math.floor(call.endedAt / minuteMs));
    if (minute !== this.#newest) this.#advance(minute);
    if (call.totalNs <= this.#bar) return;
    const kept = this.#minutes[minute % recentMinutes] ?? [];
    const { servable, version, code, totalNs, times, endedAt, peer, parent } = call;
    const requestId = call.requestId.slice(0, longestId);
    kept.push({ servable, version, code, totalNs, times, endedAt, requestId, peer, parent });
    kept.sort((a, b) => b.totalNs - a.totalNs);
    if (kept.length > perMinute) kept.pop();
    if (kept.length === perMinute) this.#bar = kept.at(-1)?.totalNs ?? 0;
  }

  /** The slowest of the last minutes, slowest first. */
  view(now: number): readonly SlowCall[] {
    this.#advance(Math.max(this.#newest, Math.floor(now / minuteMs)));
    return this.#minutes.flat().sort((a, b) => b.totalNs - a.totalNs);
  }

  /** The `most` slowest requests of each minute that is over and was not taken yet, oldest minute first. */
  take(now: number, most: number): readonly SlowCall[] {
    const minute = Math.floor(now / minuteMs);
    if (minute === this.#untold) return [];
    this.#advance(Math.max(this.#newest, minute));
    const from = Math.max(this.#untold, minute - recentMinutes + 1);
    this.#untold = minute;
    const over = Array.from({ length: Math.max(0, minute - from) }, (_, i) => from + i);
    return over.flatMap((past) => (this.#minutes[past % recentMinutes] ?? []).slice(0, most));
  }

  #advance(minute: number): void {
    if (minute === this.#newest) return;
    const passed = Math.min(recentMinutes, minute - this.#newest);
    for (let back = 0; back < passed; back++) this.#minutes[(minute - back) % recentMinutes] = [];
    this.#newest = minute;
    this.#bar = 0;
  }
}
