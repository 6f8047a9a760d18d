import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callEnd, stageTimes } from '../test/support/call-end.ts';
import type { LogKeys } from './log.ts';
import { logSlowest } from './request-log.ts';

test('request log: a slow request has the time of each stage, and only what is known of its caller', () => {
  const lines: [string, LogKeys][] = [];
  const log = { info: (event: string, keys: LogKeys = {}) => lines.push([event, keys]) };
  const slow = {
    servable: 'm',
    version: '2',
    totalNs: 20e6,
    times: stageTimes(20e6),
    requestId: 'r',
    parent: { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), sampled: true },
  };
  logSlowest(log, [callEnd(slow), callEnd({ servable: 'm', code: 'OVERLOADED', totalNs: 1.5e6 })]);
  assert.deepEqual(lines, [
    [
      'request.slow',
      {
        model: 'm',
        version: '2',
        code: 'OK',
        duration_ms: 20,
        receive_ms: 0.8,
        decode_ms: 1.2,
        queue_ms: 4,
        copy_ms: 2,
        compute_ms: 10,
        encode_ms: 1.4,
        send_ms: 0.6,
        request_id: 'r',
        trace_id: 'ab'.repeat(16),
      },
    ],
    ['request.slow', { model: 'm', version: '', code: 'OVERLOADED', duration_ms: 1.5 }],
  ]);
});
