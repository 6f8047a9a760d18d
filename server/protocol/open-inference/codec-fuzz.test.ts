// Hostile bytes: mutations of good requests must give a request or a ServingError, quickly, and never anything else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rounds, withoutStacks } from '../../../test/support/fuzz.ts';
import { generator } from '../../../test/support/generator.ts';
import { Mutator } from '../../../test/support/mutator.ts';
import { ServingError } from '../../errors.ts';
import { bind } from '../../inference/validate.ts';
import { methodOf } from '../protos.ts';
import { decodeInfer } from './codec-decode.ts';

const ROUNDS = rounds(100_000);
const infer = methodOf('inference.GRPCInferenceService', 'ModelInfer');

const SEEDS: readonly Buffer[] = [
  {
    model_name: 'm',
    id: '1',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
    raw_input_contents: [Buffer.alloc(16, 1)],
  },
  {
    model_name: 'm',
    inputs: [{ name: 'x', datatype: 'INT64', shape: [3], contents: { int64_contents: [1, -2, 2 ** 50] } }],
  },
  {
    model_name: 'm',
    inputs: [{ name: 'x', datatype: 'INT8', shape: [3], contents: { int_contents: [1, -2, 127] } }],
    outputs: [{ name: 'y' }],
  },
  {
    model_name: 'm',
    inputs: [{ name: 'x', datatype: 'BOOL', shape: [2], contents: { bool_contents: [true, false] } }],
  },
  {
    inputs: [{ name: 'x', datatype: 'BYTES', shape: [2] }],
    raw_input_contents: [Buffer.from('0200000061620100000063', 'hex')],
  },
  {
    parameters: {
      timeout: { int64_param: 5 },
      priority: { uint64_param: 1 },
      mindird_times: { bool_param: true },
      d: { double_param: 1 },
      s: { string_param: 't' },
    },
  },
].map((request) => Buffer.from(infer.requestSerialize(request)));

const signature = {
  inputs: [{ name: 'x', dtype: 'FP32' as const, shape: [-1, 4] }],
  outputs: [{ name: 'y', dtype: 'FP32' as const, shape: [-1, 4] }],
  batched: true,
};

test(`decode: ${ROUNDS} mutated requests give a request or a ServingError`, () => {
  const random = generator(0x5eed);
  const mutator = new Mutator(random);
  let accepted = 0;
  let refused = 0;
  withoutStacks(() => {
    for (let round = 0; round < ROUNDS; round++) {
      const message = mutator.mutate(SEEDS[random(SEEDS.length)] as Buffer);
      try {
        const decoded = decodeInfer(message, 1000);
        bind(signature, decoded.inputs, decoded.outputs);
        accepted += 1;
      } catch (caught) {
        if (!(caught instanceof ServingError) || caught.code === 'INTERNAL')
          assert.fail(`${message.toString('hex')}: ${String(caught)}`);
        refused += 1;
      }
    }
  });
  assert.ok(
    accepted > ROUNDS / 1000 && refused > ROUNDS / 10,
    `${accepted} accepted, ${refused} refused: the mutations are too weak or too strong`,
  );
});

test('decode: a message of nothing but unknown fields is refused at once', () => {
  const message = Buffer.alloc(20 * 2 ** 20);
  for (let pos = 0; pos < message.length; pos += 2) message.writeUInt16LE(0x0078, pos);
  const start = process.cpuUsage();
  assert.throws(() => decodeInfer(message, 1000), /more than 10000 unknown fields at byte 200\d\d$/);
  const used = process.cpuUsage(start);
  assert.ok(used.user + used.system < 500_000);
});
