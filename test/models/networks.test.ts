// The nine small networks and the four with an unknown batch size match MindSpore over gRPC, on every engine of this machine.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CaseServer, listCases } from './cases.ts';

const cases = listCases('networks', { rtol: 1e-3, atol: 1e-4 });

for (const engine of ['cpu', 'reference']) {
  describe(`networks on ${engine}`, () => {
    let server: CaseServer;
    before(async () => {
      assert.equal(cases.length, 13);
      server = await CaseServer.start('networks', cases, engine);
    });
    after(() => server.stop());
    for (const one of cases) {
      it(`${one.name} matches`, async () => {
        assert.equal(await server.refusal(one.name), undefined);
        await server.check(one);
      });
    }
  });
}

describe('networks on cpu with weights in 16 bits', () => {
  let server: CaseServer;
  before(async () => {
    server = await CaseServer.start('networks', cases, 'cpu', { config: () => 'model: {weights: 16bit}\n' });
  });
  after(() => server.stop());
  for (const one of cases) {
    it(`${one.name} matches, and its report names them`, async () => {
      await server.check(one);
      const { weights, plans } = await server.report(one.name);
      assert.equal(weights?.asked, '16bit');
      for (const plan of plans) assert.match(plan.weights.used?.['cpu'] ?? '', /^16 bits in \d+ of \d+ products$/);
    });
  }
});
