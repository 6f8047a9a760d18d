// Memory that other processes have as well, through the real addon.

import assert from 'node:assert/strict';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { loadAddon } from '../../server/native/binding.ts';
import type { SharedMemory } from '../../server/native/binding-types.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mindird-'));
after(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'object');
const addon = loadAddon();

function mapped(offset: number, bytes: number): SharedMemory {
  const fd = openSync(file, 'r+');
  try {
    return addon.mapShared(fd, offset, bytes);
  } finally {
    closeSync(fd);
  }
}

test('shared memory: copies out of and into the object, wherever they lie', () => {
  writeFileSync(file, Buffer.alloc(10_000, 1));
  const memory = mapped(5000, 1000);
  assert.equal(memory.write(10, Buffer.from([7, 8, 9])), true);
  assert.deepEqual([...readFileSync(file).subarray(5009, 5014)], [1, 7, 8, 9, 1]);
  const target = Buffer.alloc(4);
  assert.equal(memory.read(11, target.subarray(1)), true);
  assert.deepEqual([...target], [0, 8, 9, 1]);
  assert.equal(memory.read(1000, target.subarray(4)), true);
  for (const [at, bytes] of [
    [997, target],
    [-1, target],
    [2 ** 53, target],
    [0.5, target],
    [0, 'text'],
  ] as const)
    assert.throws(() => memory.read(at, bytes as Uint8Array), { code: 'INVALID_ARGUMENT' });
  memory.close();
  memory.close();
  assert.throws(() => memory.write(0, target), { code: 'INVALID_ARGUMENT', message: 'the memory is closed' });
});

test('shared memory: an object that was cut fails the copy and not the process', () => {
  writeFileSync(file, Buffer.alloc(1_000_000, 1));
  const memory = mapped(0, 1_000_000);
  const bytes = Buffer.alloc(1_000_000);
  assert.equal(memory.read(0, bytes), true);
  truncateSync(file, 5000);
  assert.deepEqual(
    [memory.read(0, bytes), memory.write(0, bytes), memory.read(4990, bytes.subarray(0, 11))],
    [false, false, false],
  );
  assert.equal(readFileSync(file).length, 5000);
  assert.equal(memory.write(0, bytes.subarray(0, 5000)), true);
  memory.close();
});

test('shared memory: what is closed keeps no descriptor, and what cannot be mapped is refused', () => {
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let i = 0; i < 50; i++) mapped(0, 100).close();
  assert.equal(open(), before);
  assert.throws(() => addon.mapShared(-1, 0, 100), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => mapped(0, 0), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => mapped(0.5, 2 ** 60), { code: 'INVALID_ARGUMENT' });
});
