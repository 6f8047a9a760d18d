// Shared memory of a fake addon: the file itself, read and written by calls.

import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { SharedMemory } from './binding-types.ts';

/** Part of an open file, which it opens anew. */
export function fakeShared(fd: number, offset: number, bytes: number): SharedMemory {
  const own = openSync(`/proc/self/fd/${fd}`, 'r+');
  let isOpen = true;
  const isThere = (at: number, length: number): boolean => {
    if (at + length > bytes) throw new RangeError(`${length} bytes at ${at} of ${bytes}`);
    return fstatSync(own).size >= offset + at + length;
  };
  return {
    read: (at, target) => isThere(at, target.length) && readSync(own, target, 0, target.length, offset + at) >= 0,
    write: (at, source) => isThere(at, source.length) && writeSync(own, source, 0, source.length, offset + at) >= 0,
    close: () => {
      if (isOpen) closeSync(own);
      isOpen = false;
    },
  };
}
