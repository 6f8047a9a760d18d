// Batching never shows: a request has the same bytes wherever it lies in a bucket and whatever lies beside it. Batches are made to measure:
// the only bucket has room for as many rows as are submitted before the queue delay ends.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DType, NativeModel, TensorSpec } from '../../server/native/binding-types.ts';
import { readNpz } from '../../server/npz/npz.ts';
import { projectPath } from '../../server/util/root.ts';
import { digitsOptions, digitsPath, type Outcome, openSession } from './addon-session.ts';

const session = openSession();
const bucket = 8;

interface Row {
  readonly inputs: readonly Uint8Array[];
  readonly shapes: readonly (readonly number[])[];
}

interface Subject {
  readonly name: string;
  readonly path: string;
  readonly arrays: string;
  /** Names of the input arrays, in signature order. */
  readonly inputs: readonly string[];
}

const network = (name: string, inputs: number): Subject => ({
  name,
  path: projectPath('test', 'networks', `${name}_dynamic.mindir`),
  arrays: projectPath('test', 'networks', `${name}_dynamic.npz`),
  inputs: Array.from({ length: inputs }, (_, i) => `input_${i}`),
});

const subjects: readonly Subject[] = [
  {
    name: 'digits',
    path: digitsPath,
    arrays: projectPath('test', 'fixtures', 'digits', 'digits_test.npz'),
    inputs: ['images'],
  },
  network('resnet50', 1),
  network('mobilenet_v3_large', 1),
  network('bert_base', 3),
  network('wide_deep', 2),
];

/** The first rows of the recorded inputs, each a request of its own. */
async function recordedRows({ arrays, inputs }: Subject): Promise<readonly Row[]> {
  const file = await readNpz(arrays);
  const found = inputs.map((name) => file.get(name) ?? assert.fail(`${arrays} has no ${name}`));
  const count = Math.min(found[0]?.shape[0] ?? 0, 4);
  return Array.from({ length: count }, (_, row) => ({
    shapes: found.map((array) => [1, ...array.shape.slice(1)]),
    inputs: found.map(({ bytes, shape }) => {
      const size = bytes.length / (shape[0] ?? 1);
      return Uint8Array.from(bytes.subarray(row * size, row * size + size));
    }),
  }));
}

const extremes = [Number.NaN, Number.POSITIVE_INFINITY, -1e38, 3e38, -0];

/** A neighbour no one would choose: floats that are not finite or huge; integers stay as they are, they may be indices. */
function hostile(row: Row, specs: readonly TensorSpec[]): Row {
  const inputs = row.inputs.map((bytes, i) => {
    const dtype: DType | undefined = specs[i]?.dtype;
    return dtype === 'FP32'
      ? new Uint8Array(
          Float32Array.from({ length: bytes.length / 4 }, (_, j) => extremes[j % extremes.length] ?? 0).buffer,
        )
      : bytes;
  });
  return { ...row, inputs };
}

/** Tries to have rows in one batch; each fails only when this process stands still between two submissions. */
const attempts = 100;

/** Runs the rows as one batch in this order. */
async function together(model: NativeModel, rows: readonly Row[]): Promise<readonly Outcome[]> {
  const outputs = model.signature.outputs.map(() => null);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const tickets = rows.map(({ inputs, shapes }) => model.submit(inputs, shapes, outputs, 0, 0));
    const outcomes = await Promise.all(tickets.map((ticket) => session.outcome(ticket)));
    for (const { error, batch } of outcomes) {
      assert.equal(error, null);
      assert.equal(batch.paddedRows, bucket);
    }
    if (outcomes.every(({ batch }) => batch.rows === rows.length)) return outcomes;
  }
  return assert.fail(`${rows.length} rows were never in one batch`);
}

const bytesOf = (outcome: Outcome | undefined): string =>
  (outcome?.buffers ?? []).map((buffer) => Buffer.from(buffer ?? new ArrayBuffer(0)).toString('base64')).join(' ');

for (const subject of subjects) {
  test(`positions: ${subject.name} gives the same bytes at any place of a bucket beside any neighbours`, async () => {
    const model = await session.addon.load(
      digitsOptions({
        path: subject.path,
        label: `${subject.name}/1`,
        maxBatch: bucket,
        buckets: [bucket],
        maxQueueDelayUs: 30_000,
      }),
    );
    assert.equal(model.signature.batched, true);
    const rows = await recordedRows(subject);
    const subjectRow = rows[0] as Row;
    const neighbours = [...rows.slice(1), hostile(subjectRow, model.signature.inputs)];
    const alone = bytesOf((await together(model, [subjectRow]))[0]);
    assert.ok(alone.length > 4);
    for (let position = 0; position < bucket; position++) {
      const batch = Array.from({ length: bucket }, (_, i) =>
        i === position ? subjectRow : (neighbours[(i + position) % neighbours.length] as Row),
      );
      assert.equal(bytesOf((await together(model, batch))[position]), alone, `position ${position} of a full bucket`);
      assert.equal(
        bytesOf((await together(model, batch.slice(0, position + 1)))[position]),
        alone,
        `the last of ${position + 1}`,
      );
    }
    await model.close();
  });
}
