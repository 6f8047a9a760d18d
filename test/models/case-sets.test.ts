// Every folder of test/cases is served and matches what was recorded, on every engine of this machine. Where nothing usable was
// recorded the engines must agree with one another.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { NpyArray } from '../../server/npz/npy.ts';
import { CaseServer, caseSets, listCases } from './cases.ts';
import { difference } from './compare.ts';

for (const folder of caseSets()) {
  const cases = listCases(folder, { rtol: 1e-3, atol: 1e-4 });
  const computed = new Map<string, readonly NpyArray[]>();
  for (const engine of ['reference', 'cpu']) {
    describe(`${folder} on ${engine}`, () => {
      let server: CaseServer;
      before(async () => {
        server = await CaseServer.start(folder, cases, engine);
      });
      after(() => server.stop());
      for (const one of cases) {
        const { name, refused } = one;
        if (refused !== undefined) {
          it(`${name} is refused: ${refused}`, async () => {
            const reason = (await server.refusal(name)) ?? 'nothing was refused';
            assert.ok(reason.includes(refused), `reason: ${reason}`);
          });
        } else if (one.recorded) {
          it(`${name} matches`, async () => {
            assert.equal(await server.refusal(name), undefined);
            await server.check(one);
          });
        } else {
          it(`${name} is computed alike by the engines`, async () => {
            assert.equal(await server.refusal(name), undefined);
            const outputs = await server.outputs(one);
            for (const [i, expected] of (computed.get(name) ?? []).entries()) {
              const found = outputs[i];
              assert.ok(found !== undefined, `no output ${i}`);
              assert.equal(difference(found, expected, one.tolerance), undefined, `output ${i}`);
            }
            computed.set(name, outputs);
          });
        }
      }
    });
  }
}
