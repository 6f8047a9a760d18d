// The nine networks in half precision on TensorRT's stand-in, over gRPC: the direction of every output is MindSpore's to a thousandth, and the
// report says what was computed in which format.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CaseServer, listCases } from '../../models/cases.ts';
import { standInEnvironment } from './stand-ins.ts';

const kLeast = 0.999;
const cases = listCases('networks', { rtol: 1e-3, atol: 1e-4 }).filter(({ name }) => !name.endsWith('_dynamic'));

for (const precision of ['fp16', 'bf16']) {
  describe(`networks on TensorRT in ${precision}`, () => {
    let server: CaseServer;
    before(async () => {
      assert.equal(cases.length, 9);
      const args = ['--precision', precision];
      server = await CaseServer.start('networks', cases, 'auto', { args, environment: standInEnvironment() });
    });
    after(() => server.stop());
    for (const one of cases) {
      it(`${one.name} is computed in ${precision} and points where it should`, async () => {
        assert.equal(await server.refusal(one.name), undefined);
        const found = await server.similarity(one);
        assert.ok(found >= kLeast, `cosine similarity ${found}`);
        const { plans, precision: told } = await server.report(one.name);
        assert.deepEqual(
          plans.map(({ partitions }) => partitions.map(({ engine }) => engine)),
          [['tensorrt']],
        );
        assert.equal(told?.asked, precision);
        assert.equal(told?.used?.['tensorrt'], precision);
      });
    }
  });
}
