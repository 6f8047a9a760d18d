import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallEnd } from './call-end.ts';
import { endCodes } from './calls.ts';
import { Ledger } from './ledger.ts';

const infer = '/inference.GRPCInferenceService/ModelInfer';

function call(fields: Partial<CallEnd> = {}): CallEnd {
  return {
    method: infer,
    servable: '',
    version: '',
    code: 'OK',
    delivered: true,
    endedAt: 0,
    totalNs: 1e6,
    times: undefined,
    rows: 0,
    bytesIn: 0,
    bytesOut: 0,
    requestId: '',
    peer: '',
    traceId: '',
    ...fields,
  };
}

function counts(ledger: Ledger): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [method, byCode] of ledger.calls.all())
    byCode.forEach((count, place) => {
      if (count > 0) found[`${method} ${endCodes[place]}`] = count;
    });
  return found;
}

test('ledger: calls are counted by method and code, and paths callers make up have one place', () => {
  const ledger = new Ledger();
  ledger.serve([infer]);
  ledger.end(call());
  ledger.end(call({ code: 'OVERLOADED' }));
  ledger.end(call({ delivered: false }));
  for (let i = 0; i < 100; i++) ledger.end(call({ method: `/made/up${i}`, code: 'NOT_FOUND' }));
  assert.deepEqual(counts(ledger), {
    [`${infer} OK`]: 1,
    [`${infer} OVERLOADED`]: 1,
    [`${infer} CANCELLED`]: 1,
    'other NOT_FOUND': 100,
  });
});
