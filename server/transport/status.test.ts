import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { CODES, type ErrorCode, ServingError } from '../errors.ts';
import { grpcStatus, httpStatus } from './status.ts';

test('status: every code becomes the gRPC status of the table', () => {
  const wanted: Readonly<Record<string, number>> = {
    NOT_READY: status.UNAVAILABLE,
    OVERLOADED: status.UNAVAILABLE,
    TOO_LARGE: status.RESOURCE_EXHAUSTED,
    OUT_OF_MEMORY: status.RESOURCE_EXHAUSTED,
    INVALID_MODEL: status.FAILED_PRECONDITION,
    UNSUPPORTED: status.UNIMPLEMENTED,
    ENGINE_FAILED: status.INTERNAL,
    STAGE_FAILED: status.INTERNAL,
    INVALID_CONFIG: status.INTERNAL,
  };
  for (const code of Object.keys(CODES) as ErrorCode[]) {
    const same = (status as unknown as Record<string, number>)[code];
    assert.equal(grpcStatus(new ServingError(code, 'x')).code, wanted[code] ?? same, code);
  }
});

test('status: texts are cut and survive percent-encoding', () => {
  const { details } = grpcStatus(new ServingError('NOT_FOUND', `${'x'.repeat(999)}\u{1F600} and more`));
  assert.ok(details.length <= 1001);
  assert.doesNotThrow(() => encodeURI(details));
  assert.doesNotThrow(() => encodeURI(grpcStatus(new ServingError('NOT_FOUND', 'lone \ud800 half')).details));
});

test('status: HTTP callers get code and text, but not the cause of a bug', () => {
  assert.deepEqual(httpStatus(new ServingError('OVERLOADED', 'full')), {
    status: 503,
    body: { error: 'full', code: 'OVERLOADED' },
  });
  assert.doesNotMatch(httpStatus(new ServingError('INTERNAL', 'secret')).body.error, /secret/);
});
