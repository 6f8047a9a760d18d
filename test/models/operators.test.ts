// The operator and graph cases match MindSpore over gRPC, on every engine of this machine. Those that cannot be served are listed,
// and refused with the node and the operator; everything else must match.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CaseServer, listCases } from './cases.ts';
import { corrected, refused } from './exceptions.ts';

const kShare = 0.95;
const cases = listCases('ops', { rtol: 1e-3, atol: 1e-4 });

it('the lists of exceptions are short and name only cases', () => {
  assert.equal(cases.length, 380);
  assert.ok(
    refused.size + corrected.size <= cases.length * (1 - kShare),
    `${refused.size} refused, ${corrected.size} corrected`,
  );
  for (const name of [...refused.keys(), ...corrected.keys()])
    assert.ok(
      cases.some((one) => one.name === name),
      name,
    );
});

for (const engine of ['cpu', 'reference']) {
  describe(`operators on ${engine}`, () => {
    let server: CaseServer;
    before(async () => {
      server = await CaseServer.start('ops', cases, engine);
    });
    after(() => server.stop());
    for (const one of cases) {
      const operator = refused.get(one.name);
      if (operator === undefined) {
        it(`${one.name} matches`, async () => {
          assert.equal(await server.refusal(one.name), undefined);
          await server.check(one, corrected.get(one.name));
        });
      } else {
        it(`${one.name} is refused for ${operator}`, async () => {
          const reason = (await server.refusal(one.name)) ?? '';
          assert.ok(reason.includes(`(${operator})`) && reason.includes('node "'), `reason: ${reason}`);
        });
      }
    }
  });
}
