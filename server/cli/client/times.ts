// Stage times a server returns with a reply when the request has the bool parameter `mindird_times`.

import type { Parameter } from './messages.ts';

/** The request parameter that asks for stage times. */
export const timesParameter = 'mindird_times';

/** Milliseconds per stage, as the server measured them. */
export interface ServerTimes {
  readonly receiveMs: number;
  readonly decodeMs: number;
  readonly queueMs: number;
  readonly computeInputMs: number;
  readonly computeInferMs: number;
  readonly computeOutputMs: number;
  readonly totalMs: number;
}

/** Stage names in the order they happen, as the tables print them. */
export const shownStages: readonly {
  readonly key: keyof ServerTimes;
  readonly label: string;
  readonly parameter: string;
}[] = [
  { key: 'receiveMs', label: 'receive', parameter: 'mindird_receive_us' },
  { key: 'decodeMs', label: 'decode', parameter: 'mindird_decode_us' },
  { key: 'queueMs', label: 'queue', parameter: 'mindird_queue_us' },
  { key: 'computeInputMs', label: 'gather inputs', parameter: 'mindird_compute_input_us' },
  { key: 'computeInferMs', label: 'compute', parameter: 'mindird_compute_infer_us' },
  { key: 'computeOutputMs', label: 'scatter outputs', parameter: 'mindird_compute_output_us' },
  { key: 'totalMs', label: 'server total', parameter: 'mindird_total_us' },
];

/** Reads the stage times of a reply; undefined when the server sent none or not all. */
export function serverTimes(parameters: Readonly<Record<string, Parameter>>): ServerTimes | undefined {
  const times: Partial<Record<keyof ServerTimes, number>> = {};
  for (const { key, parameter } of shownStages) {
    const value = parameters[parameter];
    const us = value?.double_param ?? value?.int64_param ?? value?.uint64_param;
    if (us === undefined) return undefined;
    times[key] = us / 1000;
  }
  return times as ServerTimes;
}
