// Hostile bodies: mutations of good ones must give a request or a ServingError, quickly, and never anything else. What lies before this, Node's own
// reader of HTTP, is tried by its project.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rounds, withoutStacks } from '../../../test/support/fuzz.ts';
import { generator } from '../../../test/support/generator.ts';
import { Mutator } from '../../../test/support/mutator.ts';
import { ServingError } from '../../errors.ts';
import { bind } from '../../inference/validate.ts';
import { decodeHttpInfer, jsonLength } from './decode.ts';
import { rawRequest } from './raw.ts';

const ROUNDS = rounds(50_000);

const SEEDS: readonly Buffer[] = [
  '{"id":"1","inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,-2.5,3e2,4]}]}',
  '{"inputs":[{"name":"x","datatype":"INT64","shape":[3],"data":[1,-9223372036854775808,9]}],"outputs":[{"name":"y"}]}',
  '{"inputs":[{"name":"x","datatype":"BOOL","shape":[2,1],"data":[[true],[false]]}]}',
  '{"inputs":[{"name":"x","datatype":"BYTES","shape":[2],"data":["ab","\\u00e9"]}]}',
  '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":16}}],"parameters":{"binary_data_output":true}}0123456789abcdef',
  '{"parameters":{"timeout":5,"priority":1,"mindird_times":true},"inputs":[{"name":"x","datatype":"UINT8","shape":[1],"data":[255]}]}',
].map((text) => Buffer.from(text));

const signature = {
  inputs: [{ name: 'x', dtype: 'FP32' as const, shape: [-1, 4] }],
  outputs: [{ name: 'y', dtype: 'FP32' as const, shape: [-1, 4] }],
  batched: true,
};

const means = {
  budget: 4096,
  read: (): never => {
    throw new ServingError('NOT_FOUND', 'no regions');
  },
};

/** What the header says of each seed's JSON; '' for a body that is JSON alone. */
const lengthOf = (seed: Buffer): string => (seed.at(-1) === 0x66 ? String(seed.length - 16) : '');
const HEADERS: readonly string[] = SEEDS.map(lengthOf);

test(`body: ${ROUNDS} mutated requests give a request or a ServingError`, () => {
  const random = generator(0xb0d1);
  const mutator = new Mutator(random);
  let accepted = 0;
  let refused = 0;
  withoutStacks(() => {
    for (let round = 0; round < ROUNDS; round++) {
      const which = random(SEEDS.length);
      const body = mutator.mutate(SEEDS[which] as Buffer);
      try {
        const length = random(64) === 0 ? 0 : jsonLength(HEADERS[which] as string, body.length);
        const decoded = length === 0 ? rawRequest(body, signature) : decodeHttpInfer(body, length, means);
        bind(signature, decoded.inputs, decoded.outputs);
        accepted += 1;
      } catch (caught) {
        if (!(caught instanceof ServingError) || caught.code === 'INTERNAL')
          assert.fail(`${HEADERS[which]} ${body.toString('hex')}: ${String(caught)}`);
        refused += 1;
      }
    }
  });
  assert.ok(
    accepted > ROUNDS / 1000 && refused > ROUNDS / 10,
    `${accepted} accepted, ${refused} refused: the mutations are too weak or too strong`,
  );
});
