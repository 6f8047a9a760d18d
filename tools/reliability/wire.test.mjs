// Requests and replies of the load client, and what it counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { message } from '../lib/protobuf.mjs';
import { Tally } from './tally.mjs';
import { framed, inferRequest, wrongReply } from './wire.mjs';

const floats = (...values) => Buffer.from(Float32Array.from(values).buffer);
const reply = (...outputs) => framed(Buffer.concat([message(1, 'm'), ...outputs.map((bytes) => message(6, bytes))]));

test('wire: the right outputs pass, within rounding', () => {
  assert.equal(wrongReply(reply(floats(1, 2.0001)), [floats(1, 2)]), undefined);
});

test('wire: other values, sizes and counts, NaN and a cut reply are told', () => {
  assert.match(wrongReply(reply(floats(1, 2.1)), [floats(1, 2)]), /output 0 differs at 1/);
  assert.match(wrongReply(reply(floats(Number.NaN)), [floats(1)]), /differs at 0/);
  assert.match(wrongReply(reply(floats(1)), [floats(1, 2)]), /has 4 bytes, want 8/);
  assert.match(wrongReply(reply(), [floats(1)]), /0 outputs, want 1/);
  assert.match(wrongReply(reply(floats(1)).subarray(0, 9), [floats(1)]), /cut/);
});

test('wire: a request is framed with its length', () => {
  const request = inferRequest('m', [{ name: 'x', datatype: 'FP32', shape: [1, 300], bytes: Buffer.alloc(1200) }]);
  assert.equal(request[0], 0);
  assert.equal(request.readUInt32BE(1), request.length - 5);
});

test('tally: every ending is counted once, answers after the deadline are not in time', () => {
  const tally = new Tally();
  for (let i = 0; i < 5; i++) tally.sent(0);
  tally.ended({ kind: 'ok' }, 10, 20);
  tally.ended({ kind: 'ok' }, 30, 20);
  tally.ended({ kind: 'refused', why: '14 queue of 12 is full', hint: true }, 1, 20);
  tally.ended({ kind: 'refused', why: '14 queue of 13 is full' }, 1, 20);
  tally.ended({ kind: 'lost', why: 'gone' }, 5, 20);
  const result = tally.result(2);
  assert.deepEqual(
    [result.sent, result.ok, result.in_time, result.refused, result.hinted, result.lost, result.per_second],
    [5, 2, 1, 2, 1, 1, 0.5],
  );
  assert.deepEqual(result.reasons, { 'refused: N queue of N is full': 2, 'lost: gone': 1 });
  assert.ok(Math.abs(result.latency.p50 - 10) < 0.1 && Math.abs(result.latency.max - 30) < 0.1);
});
