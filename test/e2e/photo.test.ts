// The example of docs/examples/photo on the native addon: JPEG files in, labels out, as the picture in the README shows them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, runToEnd, ServerProcess, Workplace } from '../support/server-process.ts';

const example = projectPath('docs', 'examples', 'photo');
const place = new Workplace();
let server: ServerProcess;

before(async () => {
  const repository = ['--repository', `${example}/servables`];
  server = await ServerProcess.start(place, {
    args: repository,
    noRepository: true,
    environment: { MINDIRD_ADDON: nativeAddon },
  });
});
after(async () => {
  await server.close();
  place.close();
});

interface Reply {
  readonly outputs: readonly {
    readonly shape: readonly number[];
    readonly contents: { readonly bytes_contents: Buffer[]; readonly fp32_contents: number[] };
  }[];
}

async function read(...images: readonly Buffer[]): Promise<Reply['outputs']> {
  const { reply } = await server.client().call<Reply>('inference.ModelInfer', {
    model_name: 'photo:read',
    parameters: { typed_output: { bool_param: true } },
    inputs: [{ name: 'images', datatype: 'BYTES', shape: [images.length], contents: { bytes_contents: images } }],
  });
  return reply.outputs;
}

test('photo: digits on paper, in one request, are read from the bytes of their files', async () => {
  const digits = [2, 5, 7, 8];
  const names = ['two', 'five', 'seven', 'eight'];
  const [labels, scores] = await read(...digits.map((digit) => readFileSync(`${example}/images/${digit}.jpg`)));
  assert.deepEqual(labels?.shape.map(Number), [4, 3]);
  const all = labels?.contents.bytes_contents.map(String) ?? [];
  assert.deepEqual(
    digits.map((_, row) => all[3 * row]),
    names,
  );
  const likeliest = digits.map((_, row) => scores?.contents.fp32_contents[3 * row] ?? 0);
  assert.ok(
    likeliest.every((score) => score > 0.5 && score <= 1),
    String(likeliest),
  );
});

test('photo: what is no image is the caller’s fault, and the next one is read', async () => {
  await assert.rejects(read(Buffer.from('no image')), {
    code: 3,
    details: /^method read: stage decode: images: Input buffer contains unsupported image format/,
  });
  const [labels] = await read(readFileSync(`${example}/images/7.jpg`));
  assert.equal(String(labels?.contents.bytes_contents[0]), 'seven');
});

test('photo: the example passes check', () => {
  const { code, out } = runToEnd(['check', '--repository', `${example}/servables`]);
  assert.equal(code, 0, out);
});
