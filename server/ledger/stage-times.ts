// The stages of a request, in the order in which they happen, each ending where the next begins.

import type { RequestTimes } from '../model/served.ts';

export type StageName = 'receive' | 'decode' | 'queue' | 'gather' | 'compute' | 'scatter' | 'encode' | 'send';

const picks: Readonly<Record<StageName, (times: RequestTimes) => number>> = {
  receive: (times) => times.receiveNs,
  decode: (times) => times.decodeNs,
  queue: (times) => times.queueNs,
  gather: (times) => times.gatherNs,
  compute: (times) => times.computeNs,
  scatter: (times) => times.scatterNs,
  encode: (times) => times.encodeNs,
  send: (times) => times.sendNs,
};

export const stageNames: readonly StageName[] = Object.keys(picks) as StageName[];

/** Name and nanoseconds of each stage, in order. */
export function stagesOf(times: RequestTimes): readonly (readonly [StageName, number])[] {
  return stageNames.map((name) => [name, picks[name](times)]);
}
