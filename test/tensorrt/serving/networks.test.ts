// The nine small networks and the four with an unknown batch size on TensorRT's stand-in, over gRPC: each is one TensorRT subgraph with no
// node left to another engine, and gives what MindSpore gives.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CaseServer, listCases } from '../../models/cases.ts';
import { standInEnvironment } from './stand-ins.ts';

const cases = listCases('networks', { rtol: 1e-3, atol: 1e-4 });

describe('networks on TensorRT', () => {
  let server: CaseServer;
  before(async () => {
    assert.equal(cases.length, 13);
    server = await CaseServer.start('networks', cases, 'auto', { environment: standInEnvironment() });
  });
  after(() => server.stop());
  for (const one of cases) {
    it(`${one.name} is one TensorRT subgraph and matches`, async () => {
      assert.equal(await server.refusal(one.name), undefined);
      await server.check(one);
      const { plans } = await server.report(one.name);
      assert.ok(plans.length > 0);
      for (const { partitions, nodes } of plans) {
        assert.deepEqual(
          partitions.map(({ engine }) => engine),
          ['tensorrt'],
        );
        assert.deepEqual(
          nodes.filter(({ engine }) => engine !== 'tensorrt'),
          [],
        );
      }
    });
  }
});
