// The operator and graph cases over gRPC with TensorRT's stand-in first and the cpu engine for what TensorRT cannot express: all match
// MindSpore, and how many run on TensorRT alone is held.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CaseServer, listCases } from '../../models/cases.ts';
import { corrected, refused } from '../../models/exceptions.ts';
import { standInEnvironment } from './stand-ins.ts';

/** Cases none of whose nodes is left to the cpu engine. */
const kWholly = 360;
const cases = listCases('ops', { rtol: 1e-3, atol: 1e-4 });
const served = cases.filter(({ name }) => !refused.has(name));

describe('operators on TensorRT', () => {
  let server: CaseServer;
  before(async () => {
    server = await CaseServer.start('ops', served, 'auto', { environment: standInEnvironment() });
  });
  after(() => server.stop());

  for (const one of served) {
    it(`${one.name} matches`, async () => {
      assert.equal(await server.refusal(one.name), undefined);
      await server.check(one, corrected.get(one.name));
    });
  }

  it('nearly all run on TensorRT alone, and no subgraph fell back', async () => {
    const mixed: string[] = [];
    for (const { name } of served) {
      const { plans } = await server.report(name);
      for (const { partitions } of plans)
        for (const { fallback } of partitions) assert.equal(fallback, undefined, `${name}: ${fallback?.why}`);
      if (plans.some(({ nodes }) => nodes.some(({ engine }) => engine !== 'tensorrt'))) mixed.push(name);
    }
    assert.ok(
      served.length - mixed.length >= kWholly,
      `${served.length - mixed.length} cases; partly elsewhere: ${mixed.join(' ')}`,
    );
  });
});
