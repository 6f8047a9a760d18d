// Where the time of one request went. Two clocks meet here: JavaScript marks arrival, submission and reply; native code
// reports the durations between submission and completion. What lies between those durations and the reply (the way back
// to the event loop, encoding) is the encode stage, so the stages add up to the total by construction.

import type { DeviceTimes, RequestTimes } from '../model/served.ts';
import type { BatchCompletion } from '../native/binding-types.ts';

const NS_PER_MS = 1e6;

export class StageClock {
  readonly #receivedAt: number;
  readonly #submittedAt: number;
  #queueNs = 0;
  #gatherNs = 0;
  #computeNs = 0;
  #scatterNs = 0;
  #device: DeviceTimes | undefined;

  /** Both in milliseconds of performance.now(). */
  constructor(receivedAt: number, submittedAt: number) {
    this.#receivedAt = Math.min(receivedAt, submittedAt);
    this.#submittedAt = submittedAt;
  }

  /** Takes the native durations of entry `index` of a batch. */
  executed(batch: BatchCompletion, index: number): void {
    this.#queueNs = batch.queueNs[index] ?? 0;
    if (batch.errors[index] !== null && batch.rows === 0) return;
    this.#gatherNs = batch.gatherNs;
    this.#computeNs = batch.computeNs;
    this.#scatterNs = batch.scatterNs;
    const { dispatchNs, toDeviceNs, deviceNs: computeNs, toHostNs } = batch;
    if (dispatchNs > 0) this.#device = { dispatchNs, toDeviceNs, computeNs, toHostNs };
  }

  /** Microseconds since submission. */
  waitedUs(now: number): number {
    return (now - this.#submittedAt) * 1000;
  }

  /** The stages with the request ending at `now`. */
  times(now: number): RequestTimes {
    const decodeNs = Math.round((this.#submittedAt - this.#receivedAt) * NS_PER_MS);
    const nativeNs = this.#queueNs + this.#gatherNs + this.#computeNs + this.#scatterNs;
    const encodeNs = Math.max(0, Math.round((now - this.#submittedAt) * NS_PER_MS) - nativeNs);
    return {
      totalNs: decodeNs + nativeNs + encodeNs,
      decodeNs,
      queueNs: this.#queueNs,
      gatherNs: this.#gatherNs,
      computeNs: this.#computeNs,
      scatterNs: this.#scatterNs,
      encodeNs,
      ...(this.#device === undefined ? {} : { device: this.#device }),
    };
  }
}
