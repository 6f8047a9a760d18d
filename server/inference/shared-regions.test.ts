import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fakeShared } from '../native/fake-shared.ts';
import { SharedRegions } from './shared-regions.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mindird-'));
after(() => rmSync(folder, { recursive: true }));

const limits = { prefix: 'app-', maxRegions: 3, maxBytes: 10_000 };
const file = (name: string): string => path.join(folder, name);
const region = (name: string, key: string, offset: number, byteSize: number) => ({ name, key, offset, byteSize });

/** Descriptors of this process that are open on files of the folder. */
const open = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return (
        readFileSync(`/proc/self/fdinfo/${fd}`) &&
        execFileSync('readlink', [`/proc/${process.pid}/fd/${fd}`]).includes(folder)
      );
    } catch {
      return false;
    }
  }).length;

test('regions: parts are read and written where they lie, within their region', () => {
  writeFileSync(file('app-a'), Buffer.from(Array.from({ length: 100 }, (_, i) => i)));
  const regions = new SharedRegions(limits, { mapShared: fakeShared }, folder);
  regions.register(region('r', '/app-a', 10, 50));
  const read = (offset: number, byteSize: number): Buffer =>
    regions.read({ region: 'r', offset, byteSize }, Buffer.alloc, 'input "x"');
  assert.deepEqual([...read(5, 3)], [15, 16, 17]);
  assert.equal(read(0, 0).length, 0);
  for (const [offset, size] of [
    [48, 3],
    [0, 51],
    [51, 0],
    [2 ** 53, 1],
    [1, 2 ** 53],
  ] as const)
    assert.throws(() => read(offset, size), {
      code: 'INVALID_ARGUMENT',
      message: /lie outside region "r", which has 50 bytes/,
    });
  const target = regions.target({ region: 'r', offset: 2, byteSize: 4 }, 'output "y"');
  target.write(Buffer.from([201, 202]));
  target.release();
  assert.deepEqual([...readFileSync(file('app-a')).subarray(11, 15)], [11, 201, 202, 14]);
  assert.throws(() => regions.read({ region: 's', offset: 0, byteSize: 1 }, Buffer.alloc, 'input "x"'), {
    message: 'input "x": region "s" of shared memory is not registered',
  });
  regions.unregister('');
});

test('regions: an object that is cut under our feet is an error, and is not made longer', () => {
  writeFileSync(file('app-b'), Buffer.alloc(100, 1));
  const regions = new SharedRegions(limits, { mapShared: fakeShared }, folder);
  regions.register(region('r', 'app-b', 0, 100));
  const target = regions.target({ region: 'r', offset: 0, byteSize: 100 }, 'output "y"');
  truncateSync(file('app-b'), 40);
  const text = 'region "r" is shorter than when it was registered, or the system has no memory for it';
  assert.throws(() => regions.read({ region: 'r', offset: 0, byteSize: 100 }, Buffer.alloc, 'input "x"'), {
    code: 'INVALID_ARGUMENT',
    message: `input "x": the object behind ${text}`,
  });
  assert.throws(() => target.write(Buffer.alloc(100)), { message: `output "y": the object behind ${text}` });
  assert.equal(readFileSync(file('app-b')).length, 40);
  target.write(Buffer.alloc(40, 7));
  assert.ok(readFileSync(file('app-b')).equals(Buffer.alloc(40, 7)));
  target.release();
  regions.unregister('r');
});

test('regions: what is no object, outside of the prefix or beyond a limit is refused by name', () => {
  writeFileSync(file('app-c'), Buffer.alloc(100));
  writeFileSync(file('other'), Buffer.alloc(100));
  symlinkSync(file('other'), file('app-link'));
  execFileSync('mkfifo', [file('app-pipe')]);
  const regions = new SharedRegions(limits, { mapShared: fakeShared }, folder);
  const refused = (key: string, message: RegExp, code = 'INVALID_ARGUMENT', offset = 0, size = 10): void =>
    assert.throws(() => regions.register(region('r', key, offset, size)), { code, message });
  refused('/other', /^region "r": key "\/other", want one that begins with "app-" \(shared_memory\.prefix\)$/);
  for (const key of ['', '/', '..', '/../etc/passwd', 'app-a/b', 'app-\0', `app-${'x'.repeat(300)}`])
    refused(key, /is no name of an object/);
  refused('app-nothing', /ENOENT, there is none$/, 'NOT_FOUND');
  refused('app-link', /ELOOP$/);
  refused('app-pipe', /is no object of shared memory$/);
  refused('app-c', /ends at byte 110 of "app-c", which has 100$/, 'INVALID_ARGUMENT', 100);
  for (const [offset, size] of [
    [-1, 10],
    [0, 0],
    [0.5, 1],
    [2 ** 53, 2 ** 53],
  ] as const)
    refused('app-c', /want whole numbers/, 'INVALID_ARGUMENT', offset, size);
  refused('app-c', /9\.8 KiB \(shared_memory\.max_size\)$/, 'TOO_LARGE', 0, 10_001);
  for (const name of ['a', 'b', 'c']) regions.register(region(name, 'app-c', 0, 10));
  refused('app-c', /3 regions are the limit \(shared_memory\.max_regions\)$/, 'TOO_LARGE');
  assert.throws(() => regions.register(region('a', 'app-c', 0, 10)), { message: /is registered already/ });
  assert.throws(() => regions.register(region('', 'app-c', 0, 10)), { message: /want a name/ });
  assert.throws(() => regions.status('d'), { code: 'NOT_FOUND' });
  assert.equal(regions.status('').length, 3);
  assert.equal(open(), 3, 'nothing that was refused is open');
  regions.unregister('');
  regions.unregister('d');
  assert.equal(open(), 0);
});

test('regions: one that is removed while a request writes to it stays open until then', () => {
  writeFileSync(file('app-d'), Buffer.alloc(10));
  const regions = new SharedRegions(limits, { mapShared: fakeShared }, folder);
  regions.register(region('r', 'app-d', 0, 10));
  const target = regions.target({ region: 'r', offset: 0, byteSize: 10 }, 'output "y"');
  regions.unregister('r');
  rmSync(file('app-d'));
  regions.register({ ...region('r', 'app-c', 0, 10) });
  target.write(Buffer.alloc(10, 5));
  assert.equal(open(), 2);
  target.release();
  regions.unregister('r');
  assert.equal(open(), 0);
});
