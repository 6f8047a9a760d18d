// `mindird prune` on the demo's model, as docs/PRUNING.md has it, with the real addon.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type PruneArguments, prune } from '../../server/cli/prune.ts';
import { quantise } from '../../server/cli/quantise.ts';
import { loadAddonFrom } from '../../server/native/binding.ts';
import { readNpz, writeNpz } from '../../server/npz/npz.ts';
import { findCandidates } from '../../server/quantise/candidates.ts';
import { dataType, parseModel } from '../../server/quantise/mindir.ts';
import { floatsOf } from '../../server/quantise/weights.ts';
import { projectPath } from '../../server/util/root.ts';
import { runDocumented } from '../support/documented.ts';
import { nativeAddon } from '../support/server-process.ts';

const model = projectPath('servables', 'digits', '1', 'model.mindir');
const folder = mkdtempSync(path.join(tmpdir(), 'mindird-prune-'));
const data = path.join(folder, 'calibration.npz');
const out = path.join(folder, 'out.mindir');

const args = (changed: Partial<PruneArguments> = {}): PruneArguments => ({
  ...{ model, data, out, keep: [], cosine: 0.9, top1: 0.98, samples: 32, threads: 1 },
  ...changed,
});

/** Weights of a file by name. */
const weightsOf = (file: string): Map<string, Float32Array> => {
  const { candidates } = findCandidates(parseModel(readFileSync(file), file));
  return new Map(candidates.map(({ weights: { tensor } }) => [tensor.name, floatsOf(tensor.data ?? new Uint8Array())]));
};

describe('prune', () => {
  const addon = loadAddonFrom(nativeAddon);
  before(async () => {
    const images = (await readNpz(projectPath('test', 'fixtures', 'digits', 'digits_test.npz'))).get('images');
    assert.ok(images !== undefined);
    await writeNpz(data, new Map([['image', images]]));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('does what the documentation shows', () => {
    const { printed, shown } = runDocumented('PRUNING.md', folder);
    // Times and the last digits differ between machines.
    const plain = (output: string): string[] =>
      output
        .trim()
        .split('\n')
        .filter((line) => !/^(time|──|cosine|with everything pruned: cosine)/.test(line))
        .map((line) => line.replace(/(similarity of 0\.\d{3})\d+$/, '$1'));
    assert.deepEqual(plain(printed), plain(shown));
    assert.deepEqual(readdirSync(folder).sort(), ['calibration.npz', 'digits.sparse.mindir']);
  });

  it('leaves two at most of every four weights, those that were largest, and all others as they were', async () => {
    const { pruned, kept, zeros, top1 } = await prune(args(), addon);
    assert.deepEqual([pruned.length, kept.length], [3, 2]);
    assert.deepEqual(top1, { equal: 32, of: 32 });
    const before = weightsOf(model);
    let zero = 0;
    for (const [name, values] of weightsOf(out)) {
      const given = before.get(name) ?? new Float32Array();
      const dense = name.includes('conv');
      for (let first = 0; first < values.length; first += 4) {
        const four = [...values.subarray(first, first + 4)];
        zero += four.filter((value) => value === 0).length;
        const sizes = [...given.subarray(first, first + 4)].map(Math.abs).sort((a, b) => b - a);
        const left = four.map(Math.abs).sort((a, b) => b - a);
        assert.deepEqual(left, dense ? sizes : [...sizes.slice(0, 2), 0, 0], `${name} ${first}`);
      }
    }
    assert.deepEqual(zeros, {
      before: 0,
      after: zero,
      of: [...before.values()].reduce((sum, { length }) => sum + length, 0),
    });
  });

  it('zeros stay zeros when the pruned model is quantised', async () => {
    await prune(args(), addon);
    const int8 = path.join(folder, 'int8.mindir');
    const changed = { model: out, out: int8, method: 'min-max' as const, percentile: 99.99, keepFp32: [] };
    const result = await quantise({ ...args(), ...changed }, addon);
    assert.equal(result.quantised.length, 5);
    const { parameters } = parseModel(readFileSync(int8), int8);
    for (const [name, values] of weightsOf(out)) {
      const { type, data: bytes } = parameters.get(name) ?? {};
      assert.equal(type, dataType.int8);
      for (const [i, value] of values.entries()) if (value === 0) assert.equal(bytes?.[i], 0, `${name} ${i}`);
    }
  });

  it('leaves dense what is named, and what costs more than may be lost', async () => {
    const named = await prune(args({ keep: ['*fc1*'] }), addon);
    assert.deepEqual([named.pruned.length, named.kept.length], [2, 3]);
    assert.ok(named.kept.some(({ node, reason }) => node.includes('fc1') && reason === 'named by --keep'));
    const strict = await prune(args({ cosine: 0.99 }), addon);
    assert.ok(strict.cosine >= 0.99 && strict.pruned.length === 2 && strict.everywhere.cosine < 0.99);
    assert.match(strict.kept.at(-1)?.reason ?? '', /^alone it leaves a cosine similarity of 0\.98/);
  });

  it('says what cannot be pruned, and writes nothing', async () => {
    const before = readdirSync(folder).sort();
    const other = path.join(folder, 'other.mindir');
    await assert.rejects(
      prune(args({ out: other, cosine: 1, top1: 1 }), addon),
      /^ServingError: nothing can be pruned within/,
    );
    await assert.rejects(
      prune(args({ out: other, keep: ['MatMul'] }), addon),
      /it sums over 6 of its input's channels/,
    );
    await assert.rejects(prune(args({ out: other, keep: ['Softmax'] }), addon), /--keep Softmax: names no convolution/);
    await assert.rejects(prune(args({ out: model }), addon), /is the model itself/);
    assert.deepEqual(readdirSync(folder).sort(), before);
  });

  it('takes no weights that are not numbers', async () => {
    const file = path.join(folder, 'nan.mindir');
    const bytes = readFileSync(model);
    const at = bytes.indexOf(Buffer.from(weightsBytes('fc1')));
    assert.ok(at > 0);
    bytes.writeFloatLE(Number.NaN, at + 8);
    writeFileSync(file, bytes);
    await assert.rejects(
      prune(args({ model: file, keep: ['*fc2*', '*fc3*'] }), addon),
      /element 2 of its weights is NaN/,
    );
  });
});

/** The weights of a layer as they lie in the demo's model. */
function weightsBytes(layer: string): Uint8Array {
  const { parameters } = parseModel(readFileSync(model), model);
  const tensor = [...parameters.values()].find(({ name }) => name.includes(layer) && name.endsWith('weight'));
  return tensor?.data ?? new Uint8Array();
}
