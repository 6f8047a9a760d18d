import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PNG } from 'pngjs';
import { patienceMs } from '../../test/support/until.ts';
import type { TensorSpec } from '../native/binding-types.ts';
import { readNpz, writeNpz } from '../npz/npz.ts';
import { decodeInfer } from '../protocol/open-inference/codec-decode.ts';
import { halfValue, upperHalfValue } from '../util/element-types.ts';
import { bench } from './bench.ts';
import { type FakeServer, startFakeServer } from './client/fake-server.ts';
import { runInfer } from './infer.ts';
import { benchText } from './load/bench-text.ts';
import { bindInputs } from './tensor/bind-inputs.ts';
import { pngInput } from './tensor/png-input.ts';

let server: FakeServer;
let folder: string;

before(async () => {
  server = await startFakeServer();
  folder = await mkdtemp(path.join(tmpdir(), 'infer-'));
});
after(async () => {
  server.stop();
  await rm(folder, { recursive: true });
});

const base = { model: 'double', modelVersion: '', timeoutMs: patienceMs, png: undefined, json: false };

function greyImage(width: number, height: number, grey: (x: number, y: number) => number): Buffer {
  const image = new PNG({ width, height });
  for (let i = 0; i < width * height; i++)
    image.data.fill(grey(i % width, Math.floor(i / width)), i * 4, i * 4 + 3).fill(255, i * 4 + 3, i * 4 + 4);
  return PNG.sync.write(image, { colorType: 0 });
}

describe('infer: files in, files out', () => {
  it('input_0 goes to the first input, outputs are written by name', async () => {
    const inputs = path.join(folder, 'in.npz');
    const output = path.join(folder, 'out.npz');
    await writeNpz(
      inputs,
      new Map([
        [
          'input_0',
          { dtype: 'FP32', shape: [1, 1, 2, 2], bytes: new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer) },
        ],
      ]),
    );
    const record = path.join(folder, 'request.pb');
    const text = await runInfer({ ...base, address: server.address, inputs, output, record });
    const recorded = decodeInfer(await readFile(record), 1000);
    assert.deepEqual([recorded.model, recorded.inputs[0]?.shape], [base.model, [1, 1, 2, 2]]);
    const written = (await readNpz(output)).get('output_0');
    assert.deepEqual([...new Float32Array(Uint8Array.from(written?.bytes ?? []).buffer)], [2, 4, 6, 8]);
    assert.match(text, /double\/10/);
    assert.match(text, /^compute +0\.400 ms/m);
    assert.match(text, /^network and client +/m);
  });

  it('an image becomes values between 0 and 1; JSON holds outputs and breakdown', async () => {
    const png = path.join(folder, 'in.png');
    await writeFile(
      png,
      greyImage(2, 2, (x, y) => (x + 2 * y) * 85),
    );
    const text = await runInfer({
      ...base,
      address: server.address,
      inputs: undefined,
      png,
      output: undefined,
      json: true,
    });
    const parsed = JSON.parse(text) as {
      outputs: { values: number[] }[];
      breakdown: { stage: string; ms: number }[];
      response_ms: number;
    };
    assert.deepEqual(
      parsed.outputs[0]?.values.map((value) => Number(value.toFixed(4))),
      [0, 0.6667, 1.3333, 2],
    );
    const sum = parsed.breakdown.slice(0, -1).reduce((total, { ms }) => total + ms, 0);
    assert.ok(Math.abs(sum - parsed.response_ms) < 1e-6, 'the stages add up to the response time');
  });

  it('arrays that do not fit are refused with the name of the input', () => {
    const spec: TensorSpec = { name: 'ids', dtype: 'INT64', shape: [-1, 4] };
    const array = (dtype: 'INT64' | 'FP32', shape: number[]) =>
      new Map([['ids', { dtype, shape, bytes: new Uint8Array() }]]);
    assert.throws(
      () => bindInputs([spec], new Map(), 'a.npz'),
      /a\.npz: no array for input "ids" \(by name or as input_0\), the file has no arrays/,
    );
    assert.throws(
      () => bindInputs([spec], array('FP32', [1, 4]), 'a.npz'),
      /a\.npz: input "ids": array is FP32, the model wants INT64/,
    );
    assert.throws(() => bindInputs([spec], array('INT64', [1, 5]), 'a.npz'), /array is 1×5, the model wants \?×4/);
    assert.deepEqual(bindInputs([spec], array('INT64', [9, 4]), 'a.npz')[0]?.shape, [9, 4]);
  });

  it('colour images are laid out by channel, wrong sizes and damaged files are refused', () => {
    const spec: TensorSpec = { name: 'image', dtype: 'FP32', shape: [1, 3, 1, 2] };
    const image = new PNG({ width: 2, height: 1 });
    image.data.set([255, 0, 51, 255, 0, 255, 102, 255]);
    const file = PNG.sync.write(image);
    const tensor = pngInput([spec], file, 'a.png');
    const values = [...new Float32Array(tensor.bytes.slice().buffer)].map((value) => Number(value.toFixed(2)));
    assert.deepEqual(values, [1, 0, 0, 1, 0.2, 0.4]);
    assert.throws(
      () => pngInput([{ ...spec, shape: [1, 3, 4, 4] }], file, 'a.png'),
      /a\.png: image makes 1×3×1×2, input "image" wants 1×3×4×4/,
    );
    assert.throws(() => pngInput([spec], file.subarray(0, 40), 'a.png'), /a\.png: damaged PNG image/);
    assert.throws(() => pngInput([spec], Buffer.from('GIF89a'), 'a.png'), /a\.png: not a PNG image/);
    assert.throws(() => pngInput([spec, spec], file, 'a.png'), /the model has 2 inputs/);
  });

  it('16-bit floats print as numbers', () => {
    assert.deepEqual([0x3c00, 0xc000, 0x0001, 0x7c00].map(halfValue), [1, -2, 2 ** -24, Number.POSITIVE_INFINITY]);
    assert.deepEqual([0x3f80, 0xc000].map(upperHalfValue), [1, -2]);
  });
});

describe('bench: against a server', () => {
  const options = {
    model: 'double',
    modelVersion: '',
    warmUp: 2,
    seed: 1,
    shapes: new Map([['image', [3, 1, 2, 2]]]),
    integers: [0, 1],
    timeoutMs: patienceMs,
  } as const;

  it('a closed loop counts replies, percentiles and the counters of the server', async () => {
    const result = await bench({
      ...options,
      address: server.address,
      load: { kind: 'closed', concurrency: 2, durationMs: patienceMs, requests: 40 },
    });
    assert.deepEqual([result.succeeded, result.failed, result.statistics?.inferences], [40, 0, 40]);
    assert.ok(Math.abs((result.statistics?.stages.compute_infer.meanMs ?? 0) - 0.4) < 1e-9);
    assert.deepEqual(server.requests.at(-1)?.inputs[0]?.shape, [3, 1, 2, 2]);
    const text = benchText(result);
    assert.match(text, /40 answered, 0 failed/);
    assert.match(text, /p99\.9/);
    assert.match(text, /\* fewer than 10 samples/);
  });

  it("the article's rule sends twelve requests, each with another input, and none before", async () => {
    const before = server.requests.length;
    const result = await bench({ ...options, address: server.address, load: { kind: 'article' } });
    const sent = server.requests
      .slice(before)
      .map((request) => Buffer.from(request.raw_input_contents[0] ?? []).toString('hex'));
    assert.equal(sent.length, 12);
    assert.equal(new Set(sent).size, 12);
    assert.equal(result.article?.meanEngineMs?.toFixed(6), '0.400000');
    assert.match(benchText(result), /mean of 10/);
  });

  it('an open loop reports arrivals, lag and failures by their text', async () => {
    server.failures.add(server.requests.length + 5);
    const result = await bench({
      ...options,
      address: server.address,
      load: { kind: 'open', rate: 200, durationMs: 300, seed: 3 },
    });
    server.failures.clear();
    assert.equal(result.succeeded + result.failed, result.generator?.arrivals);
    assert.equal(result.generator?.missed, 0);
    assert.equal(result.failed, 1);
    assert.match(benchText(result), /failed 1 times: .*UNAVAILABLE: queue is full/);
  });
});
