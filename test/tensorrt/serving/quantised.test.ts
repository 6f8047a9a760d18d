// Models with 8-bit numbers over gRPC: TensorRT's stand-in computes what the reference engine computes, keeps the integers, and the report says so.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { InferenceClient } from '../../../server/cli/client/open-inference.ts';
import { bindInputs } from '../../../server/cli/tensor/bind-inputs.ts';
import { type Case, CaseServer } from '../../models/cases.ts';
import { difference } from '../../models/compare.ts';
import { patienceMs } from '../../support/until.ts';
import { standInEnvironment } from './stand-ins.ts';

const tolerance = { rtol: 1e-5, atol: 1e-5 };
const cases: readonly Case[] = [
  'convolution',
  'convolution_integers',
  'layer_symmetric',
  'layer_narrow',
  'layer_asymmetric',
  'channel_symmetric',
  'channel_asymmetric',
].map((name) => ({ name, primitives: [], refused: undefined, state: undefined, recorded: true, tolerance }));
/** Ranges that are not symmetric about zero have no place in TensorRT's 8-bit tensors; they are written out in f32. */
const inFloats = new Set(['layer_asymmetric', 'channel_asymmetric']);

/** Numbers inside and outside of all ranges of the models. */
const values = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => 4.7 * Math.sin(i * 0.9));

describe('8-bit models', () => {
  const servers: CaseServer[] = [];
  const clients: InferenceClient[] = [];
  before(async () => {
    for (const engine of ['auto', 'reference']) {
      const server = await CaseServer.start('quantise', cases, engine, { environment: standInEnvironment() });
      servers.push(server);
      clients.push(new InferenceClient(server.process.grpcAddress));
    }
  });
  after(async () => {
    for (const client of clients) client.close();
    for (const server of servers) await server.stop();
  });

  for (const { name } of cases) {
    it(`${name}: TensorRT alone computes what the reference engine computes, and names its types`, async () => {
      const answers = await Promise.all(
        clients.map(async (client) => {
          const { inputs: specs } = await client.signature(name, '');
          const shape = specs[0]?.shape?.map(Number) ?? [];
          const bytes = new Uint8Array(values(shape.reduce((product, size) => product * size, 1)).buffer);
          const inputs = bindInputs(specs, new Map([['input_0', { dtype: 'FP32', shape, bytes }]]), name);
          const { outputs } = await client.infer({ model: name, version: '', inputs, timeoutMs: patienceMs });
          assert.equal(outputs.length, 1);
          return outputs[0];
        }),
      );
      const [found, expected] = answers;
      assert.ok(found !== undefined && expected !== undefined);
      assert.equal(difference(found, expected, tolerance), undefined);

      const { plans } = (await servers[0]?.report(name)) ?? { plans: [] };
      const [partition, ...more] = plans[0]?.partitions ?? [];
      assert.deepEqual([partition?.engine, partition?.fallback, more], ['tensorrt', undefined, []]);
      const types = partition?.details?.find((detail) => detail.name === 'computes in')?.value;
      assert.equal(types, inFloats.has(name) ? 'fp32' : 'fp32+int8');
    });
  }
});
