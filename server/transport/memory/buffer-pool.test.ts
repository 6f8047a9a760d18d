import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BufferPool, sizeClass } from './buffer-pool.ts';

const MIB = 2 ** 20;

test('pool: a size class holds its bytes and wastes a fifth at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4096, max: 2 ** 31 - 1 }), (bytes) => {
      const size = sizeClass(bytes);
      assert.ok(size >= bytes && size <= bytes * 1.25, `${size} for ${bytes}`);
      assert.equal(sizeClass(size), size);
    }),
  );
});

test('pool: what was given is taken again, and only by those whose bytes fit', () => {
  const pool = new BufferPool(10 * MIB);
  const first = pool.take(MIB);
  pool.give(first);
  assert.equal(pool.free, MIB);
  assert.notEqual(pool.take(2 * MIB), first);
  assert.equal(pool.take(MIB - 1), first);
  assert.equal(pool.free, 0);
});

test('pool: small messages are not kept, nor is more than the limit', () => {
  const pool = new BufferPool(MIB);
  pool.give(pool.take(100));
  assert.equal(pool.free, 0);
  pool.give(pool.take(MIB));
  pool.give(pool.take(MIB + 1));
  assert.equal(pool.free, MIB);
});

test('pool: what nobody takes for a while is let go, what is used stays', () => {
  const pool = new BufferPool(10 * MIB);
  const used = [pool.take(MIB), pool.take(MIB), pool.take(MIB)];
  for (const buffer of used) pool.give(buffer);
  for (let sweep = 0; sweep < 12; sweep++) {
    pool.give(pool.take(MIB));
    pool.sweep();
  }
  assert.equal(pool.free, MIB);
  for (let sweep = 0; sweep < 12; sweep++) pool.sweep();
  assert.equal(pool.free, 0);
});

test('pool: what is let go of is told once, a backlog as worth giving to the system, and what is over the limit at once', () => {
  const told: [number, boolean | undefined][] = [];
  const pool = new BufferPool(10 * MIB, (buffers, toSystem) => {
    told.push([buffers.reduce((sum, { byteLength }) => sum + byteLength, 0), toSystem]);
    structuredClone(null, { transfer: [...buffers] });
  });
  const sweeps = (): void => {
    for (let sweep = 0; sweep < 12; sweep++) pool.sweep();
  };
  const backlog = Array.from({ length: 11 }, () => pool.take(MIB));
  for (const buffer of backlog) pool.give(buffer);
  assert.deepEqual(told, [[MIB, undefined]]);
  sweeps();
  assert.deepEqual(told.slice(1), [[10 * MIB, true]]);
  assert.ok(backlog.every((buffer) => buffer.length === 0));
  assert.equal(pool.take(MIB).length, MIB);
  const few = [pool.take(MIB), pool.take(MIB / 2)];
  for (const buffer of few) pool.give(buffer);
  sweeps();
  assert.deepEqual(told.slice(2), [[1.5 * MIB, false]]);
  assert.equal(pool.free, 0);
});
