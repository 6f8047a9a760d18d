// Quantising for a server, with the real addon: what is kept is taken while model, samples and settings are the same, and nothing is kept of what fails.

import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type CalibrationOrder, calibrated } from '../../server/model/calibration.ts';
import { loadAddonFrom } from '../../server/native/binding.ts';
import type { NpyArray } from '../../server/npz/npy.ts';
import { readNpz, writeNpz } from '../../server/npz/npz.ts';
import { calibrateHere } from '../../server/quantise/calibrate.ts';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon } from '../support/server-process.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mindird-calibration-'));
const cacheDir = path.join(folder, 'cache');
const data = path.join(folder, 'calibration.npz');
const digits = projectPath('servables', 'digits', '1', 'model.mindir');

describe('calibration', () => {
  const addon = loadAddonFrom(nativeAddon);
  let images: NpyArray | undefined;
  const order = (changed: Partial<CalibrationOrder> = {}): CalibrationOrder => ({
    label: 'digits/1',
    model: digits,
    data,
    cacheDir,
    method: 'min-max',
    percent: 99.99,
    keepFp32: [],
    cosine: 0.99,
    top1: 0.98,
    samples: 8,
    threads: 1,
    ...changed,
  });
  const run = (changed: Partial<CalibrationOrder> = {}): ReturnType<typeof calibrateHere> =>
    calibrated(order(changed), (given) => calibrateHere(given, () => addon));
  const cacheOf = async (changed?: Partial<CalibrationOrder>): Promise<string> => (await run(changed)).report.cache;
  const kept = (): string[] => readdirSync(cacheDir).sort();

  before(async () => {
    images = (await readNpz(projectPath('test', 'fixtures', 'digits', 'digits_test.npz'))).get('images');
    assert.ok(images !== undefined);
    await writeNpz(data, new Map([['image', images]]));
  });
  beforeEach(() => {
    rmSync(cacheDir, { recursive: true, force: true });
    mkdirSync(cacheDir);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('keeps what it made, under a name that the limit of the cache counts', async () => {
    const first = await run();
    assert.deepEqual([first.report.cache, first.report.quantised.length], ['miss', 5]);
    assert.equal(path.dirname(first.file), cacheDir);
    assert.match(path.basename(first.file), /^[0-9a-f]{32}-[0-9a-f]{32}\.int8$/);
    assert.deepEqual(kept(), [path.basename(first.file), `${path.basename(first.file)}report`]);
    const second = await run();
    assert.deepEqual(second, { file: first.file, report: { ...first.report, cache: 'hit' } });
  });

  it('makes another where the model, a setting or a sample is another, and finds the former again', async () => {
    await run();
    const other = path.join(folder, 'other');
    mkdirSync(other);
    cpSync(data, path.join(other, 'a.npz'));
    const model = path.join(folder, 'other.mindir');
    // An unknown field at the end is no part of the graph.
    writeFileSync(model, Buffer.concat([readFileSync(digits), Uint8Array.of(0xf8, 0x3f, 1)]));
    assert.equal(await cacheOf({ samples: 7 }), 'miss');
    assert.equal(await cacheOf({ method: 'entropy' }), 'miss');
    assert.equal(await cacheOf({ keepFp32: ['MatMul'] }), 'miss');
    assert.equal(await cacheOf({ data: other }), 'miss');
    assert.equal(await cacheOf({ model }), 'miss');
    assert.equal(await cacheOf({ threads: 2 }), 'hit');
    assert.equal(kept().length, 12);
  });

  it('makes it again where the kept file is broken', async () => {
    const { file } = await run();
    truncateSync(file, 1000);
    assert.equal(await cacheOf(), 'miss');
    writeFileSync(`${file}report`, '{');
    assert.equal(await cacheOf(), 'miss');
    assert.equal(await cacheOf(), 'hit');
  });

  it('says what is wrong without places of this machine, and keeps nothing', async () => {
    assert.ok(images !== undefined);
    const bytes = Buffer.from(images.bytes);
    bytes.writeFloatLE(Number.NaN, 4 * (1024 + 32 + 5));
    const holed = path.join(folder, 'holed.npz');
    await writeNpz(holed, new Map([['image', { ...images, bytes }]]));
    const wrongType = path.join(folder, 'doubles.npz');
    await writeNpz(wrongType, new Map([['image', { dtype: 'FP64', shape: [1], bytes: new Uint8Array(8) }]]));
    const split = path.join(folder, 'split.npz');
    await writeNpz(split, new Map([['x', { dtype: 'FP32', shape: [1, 16], bytes: new Uint8Array(64).fill(1) }]]));
    const linked = projectPath('test', 'fixtures', 'linked_weights', 'net_graph.mindir');
    const wrong: readonly [Partial<CalibrationOrder>, string, RegExp][] = [
      [{ data: holed }, 'INVALID_CONFIG', /^calibration: holed\.npz: array "image": element \[1,0,1,5\] is NaN$/],
      [{ data: wrongType }, 'INVALID_CONFIG', /^calibration: doubles\.npz: array "image": elements are FP64, .*FP32/],
      [{ data: path.join(folder, 'none.npz') }, 'INVALID_CONFIG', /^calibration: none\.npz: not found/],
      [{ keepFp32: ['nothing'] }, 'INVALID_CONFIG', /^calibration: calibration\.keep_fp32 nothing: names no/],
      [{ cosine: 1 }, 'INVALID_CONFIG', /^calibration: nothing can be quantised within a cosine similarity of 1/],
      [{ model: linked, data: split }, 'UNSUPPORTED', /^calibration: net_graph\.mindir: .* lie in another file/],
    ];
    for (const [changed, code, message] of wrong) await assert.rejects(run(changed), { code, message });
    assert.deepEqual(kept(), []);
  });

  it('refuses an encrypted model whose key is known, and writes nothing of it', async () => {
    const keys = JSON.parse(readFileSync(projectPath('test', 'encrypted', 'index.json'), 'utf8')) as Readonly<
      Record<string, { readonly key: string }>
    >;
    process.env['MINDIRD_MODEL_KEY'] = keys['dense_gcm_128']?.key ?? '';
    const model = projectPath('test', 'encrypted', 'dense_gcm_128.mindir');
    const changed = { model, data: projectPath('test', 'encrypted', 'dense_gcm_128.npz') };
    try {
      await assert.rejects(run(changed), { code: 'INVALID_MODEL', message: /encrypted models are not quantised$/ });
    } finally {
      delete process.env['MINDIRD_MODEL_KEY'];
    }
    assert.deepEqual(kept(), []);
  });
});
