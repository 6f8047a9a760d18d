// test/gpu/pack.mjs and unpack.sh with two files of noise in place of NVIDIA's libraries: pieces come one after the other, may be damaged, and what
// they make runs up to the clean refusal in an environment with nothing in it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { patienceMs } from '../support/until.ts';

const kPieceMib = 8;
const kPieces = ['tensorrt.tar.zst.000', 'tensorrt.tar.zst.001'];
const python = projectPath('build', 'venv', 'bin', 'python');

let folder: string;
const inFolder = (...parts: readonly string[]): string => path.join(folder, ...parts);

function execute(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly code: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 5 * patienceMs,
    env,
    cwd: folder,
  });
  return { code: status, out: `${stdout}${stderr}` };
}

/** As in a container that has the usual programs and nothing of ours. */
const bare = { PATH: '/usr/local/bin:/usr/bin:/bin' };
const unpack = (): { readonly code: number | null; readonly out: string } =>
  execute('sh', [inFolder('arrived', 'unpack.sh'), inFolder('arrived'), inFolder('made')], bare);
const arrive = (...names: readonly string[]): void => {
  for (const name of names) copyFileSync(inFolder('pieces', name), inFolder('arrived', name));
};

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mindird-pack-'));
  for (const name of ['libraries', 'arrived']) mkdirSync(inFolder(name));
  for (const name of ['libnvinfer.so.10', 'libnvinfer_builder_resource.so.10.6.0'])
    writeFileSync(inFolder('libraries', name), randomBytes(5 * 2 ** 20));
});
after(() => rmSync(folder, { recursive: true }));

describe('gpu: pack.mjs and unpack.sh', () => {
  it('makes pieces no larger than asked for, with their checksums', () => {
    const options = ['--piece-mib', String(kPieceMib), '--level', '1', '--libraries', inFolder('libraries')];
    const { code, out } = execute(
      process.execPath,
      [projectPath('test', 'gpu', 'pack.mjs'), '--out', inFolder('pieces'), ...options],
      { ...process.env } as Record<string, string>,
    );
    assert.equal(code, 0, out);
    const names = readdirSync(inFolder('pieces')).sort();
    assert.deepEqual(names, ['SHA256SUMS', 'program.tar.xz', ...kPieces, 'unpack.sh']);
    for (const name of names) assert.ok(statSync(inFolder('pieces', name)).size <= kPieceMib * 2 ** 20, name);
  });

  it('unpacks the program at once, and says which pieces have not come', () => {
    arrive('unpack.sh', 'SHA256SUMS', 'program.tar.xz', 'tensorrt.tar.zst.000');
    const { code, out } = unpack();
    assert.equal(code, 3, out);
    assert.equal(out, 'still missing: tensorrt.tar.zst.001\n');
    assert.ok(existsSync(inFolder('made', 'run.py')));
    assert.ok(!existsSync(inFolder('made', 'tensorrt')));
  });

  it('refuses a piece that came damaged', () => {
    const piece = readFileSync(inFolder('pieces', 'tensorrt.tar.zst.001'));
    writeFileSync(inFolder('arrived', 'tensorrt.tar.zst.001'), piece.subarray(0, piece.length - 1));
    const { code, out } = unpack();
    assert.equal(code, 1, out);
    assert.match(out, /^tensorrt\.tar\.zst\.001: FAILED$/m);
    assert.ok(!existsSync(inFolder('made', 'tensorrt', 'complete')));
  });

  it('makes the libraries of all pieces, once', () => {
    arrive('tensorrt.tar.zst.001');
    assert.deepEqual(unpack(), { code: 0, out: '' });
    for (const name of readdirSync(inFolder('libraries')))
      assert.ok(
        readFileSync(inFolder('made', 'tensorrt', name)).equals(readFileSync(inFolder('libraries', name))),
        name,
      );
    for (const name of kPieces) rmSync(inFolder('arrived', name));
    assert.deepEqual(unpack(), { code: 0, out: '' });
  });

  it('gives a program that says in one line why it cannot run', () => {
    const { code, out } = execute(
      inFolder('made', 'bin', 'mindird-builder'),
      ['run', inFolder('made', 'networks', 'lenet5.1.ir'), '--library', inFolder('made', 'tensorrt')],
      bare,
    );
    assert.equal(code, 1, out);
    assert.match(out, /^(?:tried .+\n)*error: tensorrt is not available: .+\n$/);
  });

  it('gives a run.py that ends at once, and records nothing, where TensorRT cannot be used', () => {
    const { code, out } = execute(python, [inFolder('made', 'run.py'), '--result', inFolder('result.json')], bare);
    assert.equal(code, 4, out);
    assert.match(out, /^TensorRT cannot be used here: .+\n$/);
    assert.ok(!existsSync(inFolder('result.json')));
  });
});
