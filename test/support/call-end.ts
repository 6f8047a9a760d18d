// Records of ended calls for tests of what reads them.

import type { CallEnd } from '../../server/ledger/call-end.ts';
import type { RequestTimes } from '../../server/model/served.ts';

export const inferMethod = '/inference.GRPCInferenceService/ModelInfer';

/** An inference that ended well and named no servable, but for the fields given. */
export function callEnd(fields: Partial<CallEnd> = {}): CallEnd {
  return {
    method: inferMethod,
    servable: '',
    version: '',
    code: 'OK',
    endedAt: 0,
    totalNs: 1e6,
    times: undefined,
    rows: 0,
    bytesIn: 0,
    bytesOut: 0,
    requestId: '',
    peer: '',
    parent: undefined,
    ...fields,
  };
}

/** Stages that add up to a total in nanoseconds, half of it computing. */
export function stageTimes(total: number): RequestTimes {
  return {
    totalNs: total,
    receiveNs: total * 0.04,
    decodeNs: total * 0.06,
    queueNs: total * 0.2,
    gatherNs: total * 0.05,
    computeNs: total * 0.5,
    scatterNs: total * 0.05,
    encodeNs: total * 0.07,
    sendNs: total * 0.03,
  };
}
