// Memory of array buffers given back at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { openSession, residentBytes } from './addon-session.ts';

const session = openSession();

test('detach: the buffers are empty afterwards, whatever views there are', () => {
  const buffer = new ArrayBuffer(65_536);
  const view = new Uint8Array(buffer, 9);
  session.addon.detach([buffer, buffer]);
  assert.equal(buffer.byteLength, 0);
  assert.equal(view.length, 0);
});

test('detach: memory does not wait for the collector', () => {
  const before = residentBytes();
  for (let round = 0; round < 2000; round++) {
    const buffer = Buffer.allocUnsafeSlow(2 ** 20).fill(1).buffer as ArrayBuffer;
    session.addon.detach([buffer]);
  }
  const grown = residentBytes() - before;
  assert.ok(grown < 200 * 2 ** 20, `${grown} bytes more after 2 GB were given back`);
});

test('detach: what the C library keeps goes to the operating system where that is asked for', async () => {
  const pieces = 400;
  const piece = 64 * 1024;
  const before = residentBytes();
  // Below the size that the C library maps alone; the last one keeps the others from being the end of its heap.
  const buffers = Array.from({ length: pieces + 1 }, () => Buffer.allocUnsafeSlow(piece).fill(1).buffer as ArrayBuffer);
  assert.ok(residentBytes() - before > 0.8 * pieces * piece);
  session.addon.detach(buffers.slice(0, pieces), true);
  await until(() => residentBytes() - before < 0.3 * pieces * piece, 'the memory is given back');
  assert.equal(buffers[pieces]?.byteLength, piece);
});

test('detach: what is no list of array buffers is refused', () => {
  const detach = session.addon.detach as (buffers: unknown) => void;
  assert.throws(() => detach(new ArrayBuffer(8)), /want an array/);
  assert.throws(() => detach([new Uint8Array(8)]), /not an ArrayBuffer/);
});
