// `mindird quantise` on the demo's model, as docs/QUANTISATION.md has it, with the real addon.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type QuantiseArguments, quantise } from '../../server/cli/quantise.ts';
import { loadAddonFrom } from '../../server/native/binding.ts';
import type { NpyArray } from '../../server/npz/npy.ts';
import { readNpz, writeNpz } from '../../server/npz/npz.ts';
import { Runner } from '../../server/quantise/runner.ts';
import { readSamples } from '../../server/quantise/samples.ts';
import { floatsOf } from '../../server/quantise/weights.ts';
import { projectPath } from '../../server/util/root.ts';
import { runDocumented } from '../support/documented.ts';
import { nativeAddon } from '../support/server-process.ts';

const model = projectPath('servables', 'digits', '1', 'model.mindir');
const folder = mkdtempSync(path.join(tmpdir(), 'mindird-quantise-'));
const data = path.join(folder, 'calibration.npz');

const args = (changed: Partial<QuantiseArguments>): QuantiseArguments => ({
  model,
  data,
  out: path.join(folder, 'out.mindir'),
  method: 'min-max',
  percentile: 99.99,
  keepFp32: [],
  cosine: 0.99,
  top1: 0.98,
  samples: 32,
  threads: 1,
  ...changed,
});

describe('quantise', () => {
  const addon = loadAddonFrom(nativeAddon);
  let arrays: ReadonlyMap<string, NpyArray> = new Map();
  before(async () => {
    arrays = await readNpz(projectPath('test', 'fixtures', 'digits', 'digits_test.npz'));
    const images = arrays.get('images');
    assert.ok(images !== undefined);
    await writeNpz(data, new Map([['image', images]]));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('does what the documentation shows, and the model keeps its accuracy within one image', async () => {
    const { printed, shown } = runDocumented('QUANTISATION.md', folder);
    // Times and the last digits differ between machines.
    const plain = (output: string): string[] =>
      output
        .trim()
        .split('\n')
        .filter((line) => !/^(time|cpu:|──|cosine)/.test(line));
    assert.deepEqual(plain(printed), plain(shown));
    assert.deepEqual(readdirSync(folder).sort(), ['calibration.npz', 'digits.int8.mindir']);

    const running = await new Runner(addon, 1).load(path.join(folder, 'digits.int8.mindir'), 'digits');
    const labels = arrays.get('labels');
    assert.ok(labels !== undefined);
    const wanted = new DataView(labels.bytes.buffer, labels.bytes.byteOffset, labels.bytes.byteLength);
    let right = 0;
    for (const [index, sample] of (await readSamples(data, running.inputs, 360)).entries()) {
      const logits = floatsOf((await running.run(sample)).outputs[0] ?? new Uint8Array());
      if (logits.indexOf(Math.max(...logits)) === Number(wanted.getBigInt64(index * 8, true))) right += 1;
    }
    await running.close();
    assert.ok(right >= 355, `${right} of 360, 356 in f32`);
  });

  it('is computed in f32 where the processor does not multiply 8-bit integers, and says so', () => {
    const out = path.join(folder, 'elsewhere.mindir');
    const words = ['quantise', model, '--data', data, '--samples', '8', '--out', out, '--json'];
    const ran = spawnSync(projectPath('bin', 'mindird'), words, {
      encoding: 'utf8',
      env: { ...process.env, MINDIRD_ADDON: nativeAddon, ONEDNN_MAX_CPU_ISA: 'AVX2' },
    });
    assert.equal(ran.status, 0, ran.stderr);
    const { computed, cosine, quantised } = JSON.parse(ran.stdout) as Awaited<ReturnType<typeof quantise>>;
    assert.deepEqual(computed, ['cpu: fp32, this processor does not multiply 8-bit integers (VNNI)']);
    assert.ok(cosine > 0.99 && quantised.length === 5, `${cosine}`);
    rmSync(out);
  });

  for (const method of ['percentile', 'entropy'] as const)
    it(`finds ranges by ${method}`, async () => {
      const result = await quantise(args({ method }), addon);
      assert.equal(result.quantised.length, 5);
      assert.ok(result.cosine > 0.99, `${result.cosine}`);
    });

  it('leaves in f32 what is named, and what costs more than may be lost', async () => {
    const named = await quantise(args({ keepFp32: ['*conv1*', 'MatMul'] }), addon);
    assert.equal(named.quantised.length, 1);
    assert.match(named.quantised[0] ?? '', /conv2/);
    assert.deepEqual(new Set(named.kept.map(({ reason }) => reason)), new Set(['named by --keep-fp32']));

    const strict = await quantise(args({ cosine: 0.99999, samples: 8 }), addon);
    assert.ok(strict.cosine >= 0.99999 && strict.kept.length > 0 && strict.quantised.length > 0);
    for (const { reason } of strict.kept) assert.match(reason, /^alone it leaves a cosine similarity of 0\.99/);
    assert.equal(strict.quantised.length + strict.kept.length, 5);
    assert.ok(strict.everywhere.cosine < strict.cosine);
  });

  for (const [words, message] of [
    [['--percentile', '101'], '--percentile: found 101, want a number above 0, at most 100'],
    [['--out', 'a', '--out', 'b'], '--out: found 2 of them, want one'],
    [['--data', 'a', '--data', 'b'], '--data: found 3 of them, want one'],
  ] as const)
    it(`refuses ${words.join(' ')}`, () => {
      const ran = spawnSync(projectPath('bin', 'mindird'), ['quantise', model, '--data', data, ...words], {
        encoding: 'utf8',
        env: { ...process.env, MINDIRD_ADDON: nativeAddon },
      });
      assert.equal(ran.status, 2);
      assert.equal(ran.stderr.split('\n')[0], `mindird: ${message}`);
    });

  it('writes nothing where something is wrong', async () => {
    const out = path.join(folder, 'never.mindir');
    const junk = path.join(folder, 'junk.mindir');
    writeFileSync(junk, 'no model');
    const wrong: readonly [Partial<QuantiseArguments>, RegExp][] = [
      [{ keepFp32: ['nothing*'] }, /--keep-fp32 nothing\*: names no convolution or dense layer/],
      [{ keepFp32: ['*'] }, /--keep-fp32 names all/],
      [{ cosine: 1, samples: 2 }, /nothing can be quantised within a cosine similarity of 1/],
      [{ data: projectPath('test', 'fixtures', 'digits', 'digits_test.npz') }, /no array for input "image"/],
      [{ model: junk }, /junk\.mindir/],
      [{ out: path.join(folder, 'missing', 'x.mindir') }, /x\.mindir: cannot be written/],
      [{ out: model }, /is the model itself/],
      [{ samples: 0 }, /--samples: found 0/],
    ];
    for (const [changed, message] of wrong) await assert.rejects(quantise(args({ out, ...changed }), addon), message);
    assert.ok(!existsSync(out));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('.')),
      [],
    );
  });
});
