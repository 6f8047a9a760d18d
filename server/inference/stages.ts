// Where the time of one call went. Two clocks meet here: JavaScript marks arrival, submission and reply; native code
// reports the durations between submission and completion. What lies between those durations and the reply (the way back
// to the event loop, encoding) is the encode stage, so the stages add up to the total by construction.
//
//   first byte ─receive─► whole ─decode─► submitted ─queue─gather─compute─scatter─► … ─encode─► replied ─send─► sent

import type { DeviceTimes, MethodStageTime, RequestTimes } from '../model/served.ts';
import type { BatchCompletion } from '../native/binding-types.ts';

const NS_PER_MS = 1e6;

/** All marks in milliseconds of performance.now(). */
export class StageClock {
  #receivedAt: number;
  #wholeAt = 0;
  #submittedAt = 0;
  #repliedAt = 0;
  #heldNs = 0;
  #queueNs = 0;
  #gatherNs = 0;
  #computeNs = 0;
  #scatterNs = 0;
  #device: DeviceTimes | undefined;
  #chain: MethodStageTime[] | undefined;

  /** receivedAt: when the call began, until received() says when its first byte came. */
  constructor(receivedAt: number) {
    this.#receivedAt = receivedAt;
  }

  /** The first byte of the message is there. */
  received(now: number): void {
    this.#receivedAt = now;
  }

  /** The last byte of the message is there. */
  whole(now: number): void {
    this.#wholeAt = now;
  }

  /** Native code has the request. */
  submitted(now: number): void {
    this.#submittedAt = now;
  }

  /** The reply was handed to the transport. */
  replied(now: number): void {
    this.#repliedAt = now;
  }

  /** Waited so many milliseconds for room in the queue. */
  held(ms: number): void {
    this.#heldNs += Math.round(ms * NS_PER_MS);
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

  /** Adds what one stage of a method took: waiting for a worker is the queue, a function is compute. */
  ran(times: Pick<RequestTimes, 'queueNs' | 'gatherNs' | 'computeNs' | 'scatterNs' | 'device'>): void {
    this.#queueNs += times.queueNs;
    this.#gatherNs += times.gatherNs;
    this.#computeNs += times.computeNs;
    this.#scatterNs += times.scatterNs;
    this.#device = times.device ?? this.#device;
  }

  /** A stage of a method is over. */
  passed(time: MethodStageTime): void {
    this.#chain ??= [];
    this.#chain.push(time);
  }

  /** Microseconds since submission. */
  waitedUs(now: number): number {
    return (now - this.#submittedAt) * 1000;
  }

  /** The stages with the call ending at `now`; the time after the last mark belongs to the stage that it began. */
  times(now: number): RequestTimes {
    const wholeAt = this.#wholeAt || now;
    const submittedAt = this.#submittedAt || now;
    const repliedAt = this.#repliedAt || now;
    const receiveNs = span(this.#receivedAt, wholeAt);
    const decodeNs = span(wholeAt, submittedAt);
    const queueNs = this.#heldNs + this.#queueNs;
    const nativeNs = queueNs + this.#gatherNs + this.#computeNs + this.#scatterNs;
    const encodeNs = Math.max(0, span(submittedAt, repliedAt) - nativeNs);
    const sendNs = span(repliedAt, now);
    return {
      totalNs: receiveNs + decodeNs + nativeNs + encodeNs + sendNs,
      receiveNs,
      decodeNs,
      queueNs,
      gatherNs: this.#gatherNs,
      computeNs: this.#computeNs,
      scatterNs: this.#scatterNs,
      encodeNs,
      sendNs,
      ...(this.#device === undefined ? {} : { device: this.#device }),
      ...(this.#chain === undefined ? {} : { chain: this.#chain }),
    };
  }
}

function span(from: number, to: number): number {
  return Math.max(0, Math.round((to - from) * NS_PER_MS));
}
