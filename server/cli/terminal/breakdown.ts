// The latency breakdown of one request: the server's stages and what is left for the network and the client.

import { type ServerTimes, shownStages } from '../client/times.ts';
import { formatMs } from './format.ts';
import { textTable } from './table.ts';

/** One line of the breakdown. */
export interface BreakdownLine {
  readonly stage: string;
  readonly ms: number;
  /** Part of the response time, 0 to 1. */
  readonly share: number;
}

/** Stages in order, then what the server did besides them, then network and client; they add up to the response time. */
export function breakdownLines(responseMs: number, times: ServerTimes | undefined): BreakdownLine[] {
  const line = (stage: string, ms: number): BreakdownLine => ({
    stage,
    ms,
    share: responseMs > 0 ? ms / responseMs : 0,
  });
  if (times === undefined) return [line('response time', responseMs)];
  const stages = shownStages.filter(({ key }) => key !== 'totalMs');
  const inside = stages.reduce((sum, { key }) => sum + times[key], 0);
  return [
    ...stages.map(({ key, label }) => line(label, times[key])),
    line('other work of the server', Math.max(0, times.totalMs - inside)),
    line('network and client', Math.max(0, responseMs - times.totalMs)),
    line('response time', responseMs),
  ];
}

/** The breakdown as a table. */
export function breakdownTable(responseMs: number, times: ServerTimes | undefined): string {
  const rows = breakdownLines(responseMs, times).map(({ stage, ms, share }) => [
    stage,
    formatMs(ms),
    `${(share * 100).toFixed(1)} %`,
  ]);
  return textTable(['stage', 'time', 'share'], rows);
}
