import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES, callerMessage, isErrorCode, ServingError, toServingError } from './errors.ts';

test('errors: a native error keeps its code, a foreign one becomes INTERNAL', () => {
  assert.equal(toServingError(Object.assign(new Error('full'), { code: 'OVERLOADED' })).code, 'OVERLOADED');
  assert.equal(toServingError(Object.assign(new Error('gone'), { code: 'ENOENT' })).code, 'INTERNAL');
  assert.equal(toServingError(Object.assign(new Error('x'), { code: 'toString' })).code, 'INTERNAL');
  assert.equal(toServingError('text').message, 'text');
  assert.equal(toServingError(null).code, 'INTERNAL');
});

test('errors: a place goes in front and the code stays', () => {
  const placed = new ServingError('NOT_READY', 'loading').with('lenet/3');
  assert.equal(placed.message, 'lenet/3: loading');
  assert.equal(placed.code, 'NOT_READY');
});

test('errors: what callers bring about in floods takes no stack, a bug keeps its own', () => {
  const depth = Error.stackTraceLimit;
  assert.doesNotMatch(String(new ServingError('OVERLOADED', 'full').stack), /\n {4}at /);
  assert.equal(Error.stackTraceLimit, depth);
  assert.match(String(new ServingError('INTERNAL', 'bug').stack), /\n {4}at .*errors\.test/);
});

test('errors: causes of server faults are hidden from callers', () => {
  assert.equal(callerMessage(new ServingError('INVALID_ARGUMENT', 'input "x": bad')), 'input "x": bad');
  assert.doesNotMatch(callerMessage(new ServingError('INTERNAL', 'secret path')), /secret/);
  assert.doesNotMatch(callerMessage(new ServingError('ENGINE_FAILED', 'secret path')), /secret/);
});

test('errors: every code has a legal gRPC status and HTTP status', () => {
  for (const [code, entry] of Object.entries(CODES)) {
    assert.ok(isErrorCode(code));
    assert.ok(entry.grpc >= 1 && entry.grpc <= 16, code);
    assert.ok(entry.http >= 400 && entry.http < 600, code);
  }
});
