// Memory of array buffers given back at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('detach: what is no list of array buffers is refused', () => {
  const detach = session.addon.detach as (buffers: unknown) => void;
  assert.throws(() => detach(new ArrayBuffer(8)), /want an array/);
  assert.throws(() => detach([new Uint8Array(8)]), /not an ArrayBuffer/);
});
