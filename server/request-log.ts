// Logs failed requests at the level of their code, and connections that came to nothing. What comes in floods is sampled: one line a
// second of each kind, with the number left out.

import type { ErrorCode, ServingError } from './errors.ts';
import { CODES } from './errors.ts';
import type { SlowCall } from './ledger/slowest.ts';
import type { Log } from './log.ts';

const sampleMs = 1000;

/** Failures that carry a stack worth keeping. */
const bugs: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['INTERNAL', 'ENGINE_FAILED', 'STAGE_FAILED']);

export class RequestLog {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #last = new Map<string, { at: number; left: number }>();

  /** `now` in milliseconds. */
  constructor(log: Log, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** One failed request. `model` and `version` only where they are known names, never as a caller sent them. */
  failed(error: ServingError, requestId: string, model?: string, version?: string): void {
    const level = CODES[error.code].log;
    const left = level === 'debug' ? 0 : this.#sample(error.code);
    if (left === undefined) return;
    this.#log[level]('request.failed', {
      code: error.code,
      error: error.message.slice(0, 1000),
      ...(model === undefined ? {} : { model }),
      ...(version === undefined ? {} : { version }),
      ...(requestId === '' ? {} : { request_id: requestId.slice(0, 100) }),
      ...(left > 0 ? { count: left + 1 } : {}),
      ...(bugs.has(error.code) && error.cause instanceof Error
        ? { cause: String(error.cause.stack).slice(0, 2000) }
        : {}),
    });
  }

  /** A connection that came to nothing for a reason that somebody should see. */
  connectionFailed(event: string, peer: string | undefined, error: string): void {
    const left = this.#sample(event);
    if (left === undefined) return;
    this.#log.warn(`connection.${event}`, {
      error,
      ...(peer === undefined ? {} : { peer }),
      ...(left > 0 ? { count: left + 1 } : {}),
    });
  }

  /** How many were left out since the last line; undefined to leave this one out too. */
  #sample(kind: string): number | undefined {
    const now = this.#now();
    const entry = this.#last.get(kind);
    if (entry !== undefined && now - entry.at < sampleMs) {
      entry.left += 1;
      return undefined;
    }
    this.#last.set(kind, { at: now, left: 0 });
    return entry?.left ?? 0;
  }
}

/** A line for each slow request, with what is known of where its time went. */
export function logSlowest(log: Pick<Log, 'info'>, calls: readonly SlowCall[]): void {
  const ms = (ns: number): number => Math.round(ns / 1e4) / 100;
  for (const { servable: model, version, code, totalNs, times, requestId, peer, parent } of calls)
    log.info('request.slow', {
      model,
      version,
      code,
      duration_ms: ms(totalNs),
      ...(times === undefined
        ? {}
        : {
            receive_ms: ms(times.receiveNs),
            decode_ms: ms(times.decodeNs),
            queue_ms: ms(times.queueNs),
            copy_ms: ms(times.gatherNs + times.scatterNs),
            compute_ms: ms(times.computeNs),
            encode_ms: ms(times.encodeNs),
            send_ms: ms(times.sendNs),
          }),
      ...(requestId === '' ? {} : { request_id: requestId }),
      ...(peer === '' ? {} : { peer }),
      ...(parent === undefined ? {} : { trace_id: parent.traceId }),
    });
}
