import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { projectPath } from '../util/root.ts';
import { formatNpy, type NpyArray, parseNpy } from './npy.ts';
import { formatNpz, parseNpz, readNpz, writeNpz } from './npz.ts';
import { readZip, writeZip } from './zip.ts';

const fixture = (name: string): Buffer => readFileSync(projectPath('test', 'fixtures', 'npz', name));

function floats(array: NpyArray | undefined): number[] {
  assert.ok(array);
  const view = new DataView(array.bytes.buffer, array.bytes.byteOffset, array.bytes.byteLength);
  return Array.from({ length: array.bytes.byteLength / 4 }, (_, i) => view.getFloat32(i * 4, true));
}

function ints(array: NpyArray | undefined): number[] {
  assert.ok(array);
  const view = new DataView(array.bytes.buffer, array.bytes.byteOffset, array.bytes.byteLength);
  return Array.from({ length: array.bytes.byteLength / 4 }, (_, i) => view.getInt32(i * 4, true));
}

describe('npz: files made by NumPy', () => {
  it('every numeric type has its protocol type, shape and size', async () => {
    const types = await parseNpz(fixture('types.npz'), 'types.npz');
    const found = [...types].map(([name, a]) => [name, a.dtype, [...a.shape], a.bytes.length]);
    assert.deepEqual(found, [
      ['bool', 'BOOL', [2, 3], 6],
      ['uint8', 'UINT8', [2, 3], 6],
      ['int8', 'INT8', [2, 3], 6],
      ['uint16', 'UINT16', [2, 3], 12],
      ['int16', 'INT16', [2, 3], 12],
      ['uint32', 'UINT32', [2, 3], 24],
      ['int32', 'INT32', [2, 3], 24],
      ['uint64', 'UINT64', [2, 3], 48],
      ['int64', 'INT64', [2, 3], 48],
      ['float16', 'FP16', [2, 3], 12],
      ['float32', 'FP32', [2, 3], 24],
      ['float64', 'FP64', [2, 3], 48],
    ]);
    assert.deepEqual(floats(types.get('float32')), [0, 1, 2, 3, 100, 127]);
    assert.deepEqual(ints(types.get('int32')), [0, 1, 2, 3, 100, 127]);
  });

  it('column-major, big-endian, scalar, empty and compressed arrays are read', async () => {
    const arrays = await parseNpz(fixture('layouts.npz'), 'layouts.npz');
    assert.deepEqual(
      ints(arrays.get('fortran')),
      Array.from({ length: 24 }, (_, i) => i),
    );
    assert.deepEqual(floats(arrays.get('big_endian')), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(arrays.get('scalar')?.shape, []);
    assert.deepEqual(floats(arrays.get('scalar')), [1.5]);
    assert.deepEqual(arrays.get('empty')?.shape, [0, 3]);
    assert.equal(arrays.get('long')?.bytes.length, 8000);
  });

  it('text arrays are refused by their type', async () => {
    await assert.rejects(
      () => parseNpz(fixture('text.npz'), 'text.npz'),
      /text\.npz: array "words": element type '<U3' is not supported/,
    );
  });
});

describe('npz: what is written can be read', () => {
  const arrays = new Map<string, NpyArray>([
    ['input_0', { dtype: 'FP32', shape: [2], bytes: new Uint8Array(new Float32Array([1, -2]).buffer) }],
    ['naïve', { dtype: 'BF16', shape: [1, 2], bytes: new Uint8Array([1, 2, 3, 4]) }],
    ['scalar', { dtype: 'INT64', shape: [], bytes: new Uint8Array(8) }],
  ]);

  for (const compress of [false, true]) {
    it(`${compress ? 'deflated' : 'stored'} members keep names, types and bytes`, async () => {
      const read = await parseNpz(await formatNpz(arrays, compress), 'memory');
      assert.deepEqual([...read.keys()], [...arrays.keys()]);
      for (const [name, array] of arrays) {
        assert.equal(read.get(name)?.dtype, array.dtype);
        assert.deepEqual(read.get(name)?.shape, array.shape);
        assert.deepEqual(Buffer.from(read.get(name)?.bytes ?? []), Buffer.from(array.bytes));
      }
    });
  }

  it('the data of an array starts at a multiple of 64 bytes', () => {
    const file = formatNpy({ dtype: 'INT8', shape: [3], bytes: new Uint8Array([7, 8, 9]) });
    assert.equal((file.length - 3) % 64, 0);
    assert.deepEqual([...parseNpy(file, 'x').bytes], [7, 8, 9]);
  });

  it('a file is replaced whole', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'npz-'));
    try {
      await writeNpz(path.join(folder, 'out.npz'), arrays);
      assert.deepEqual([...(await readNpz(path.join(folder, 'out.npz'))).keys()], [...arrays.keys()]);
      assert.equal((await readFile(path.join(folder, 'out.npz'))).readUInt32LE(0), 0x04034b50);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('npz: hostile files', () => {
  it('every truncation gives an error value', async () => {
    const whole = fixture('layouts.npz');
    for (let length = 0; length < whole.length; length++) {
      await assert.rejects(() => parseNpz(whole.subarray(0, length), 'cut.npz'), {
        name: 'ServingError',
        message: /^cut\.npz: /,
      });
    }
  });

  it('every changed byte gives arrays or an error that names the file', async () => {
    const whole = fixture('types.npz');
    let refused = 0;
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
      try {
        await parseNpz(bytes, 'bad.npz');
      } catch (error) {
        refused++;
        assert.match((error as Error).message, /^bad\.npz: /);
      }
    }
    assert.ok(refused > whole.length / 2, `only ${refused} of ${whole.length} changes were noticed`);
  });

  it('a member larger than the limit is refused before it is unpacked', async () => {
    const file = await writeZip([{ name: 'a', bytes: new Uint8Array(100_000) }], true);
    assert.ok(file.length < 1000);
    await assert.rejects(
      () => readZip(file, 'bomb.npz', 1000),
      /bomb\.npz: member "a": unpacked size exceeds the limit of 1000 bytes/,
    );
  });

  it('a member that unpacks to more than its directory says is refused', async () => {
    const packed = deflateRawSync(new Uint8Array(100_000));
    const file = Buffer.from(await writeZip([{ name: 'a', bytes: packed }]));
    const central = file.length - 22 - 47;
    file.writeUInt16LE(8, central + 10);
    file.writeUInt32LE(10, central + 24);
    await assert.rejects(() => readZip(file, 'lie.npz', 1000), /lie\.npz: member "a": too many bytes in the stream/);
  });

  it('shapes that overflow or disagree with the bytes are refused', () => {
    for (const shape of [[2 ** 31, 2 ** 31], [3], [4, 2]]) {
      const file = formatNpy({ dtype: 'FP32', shape, bytes: new Uint8Array(16) });
      assert.throws(() => parseNpy(file, 'a.npy'), /a\.npy: shape \[.*\] of FP32 does not match 16 bytes/);
    }
  });
});
