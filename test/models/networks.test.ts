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
