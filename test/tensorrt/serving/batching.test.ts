// Models with an unknown batch size on TensorRT's stand-in: a plan for every bucket, requests of concurrent clients combined and padded, each
// client getting the rows it would have got alone.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CaseServer, listCases } from '../../models/cases.ts';
import { Workplace } from '../../support/server-process.ts';
import { standInEnvironment } from './stand-ins.ts';

const kBuckets = [1, 2, 4];
const kClients = 12;
const cases = listCases('networks', { rtol: 1e-3, atol: 1e-4 }).filter(({ name }) => name.endsWith('_dynamic'));

describe('batches on TensorRT', () => {
  const place = new Workplace();
  let server: CaseServer;
  before(async () => {
    assert.equal(cases.length, 4);
    for (const { name } of cases)
      place.put(
        `servables/${name}/servable_config.yaml`,
        `batching: {max_batch: 4, buckets: [${kBuckets.join(', ')}], max_queue_delay: 500ms}\n`,
      );
    server = await CaseServer.start('networks', cases, 'auto', { place, environment: standInEnvironment() });
  });
  after(async () => {
    await server.stop();
    place.close();
  });

  for (const one of cases) {
    it(`${one.name}: every bucket is one TensorRT subgraph, and one engine serves them all`, async () => {
      const { plans } = await server.report(one.name);
      assert.deepEqual(
        plans.map(({ rows, partitions }) => ({ rows, engines: partitions.map(({ engine }) => engine) })),
        kBuckets.map((rows) => ({ rows, engines: ['tensorrt'] })),
      );
      for (const { rows, partitions } of plans)
        assert.deepEqual(partitions[0]?.profiles, { rows: kBuckets, used: rows, why_not: '' });
      assert.equal(plans.filter(({ partitions }) => partitions[0]?.build_us !== undefined).length, 1);
    });

    it(`${one.name}: requests of several clients share executions and stay apart`, async () => {
      // One or two rows each, so that some executions are full and some are padded.
      const requests = Array.from({ length: kClients }, (_, i) => ({ first: i % 2, count: 1 + (i % 2) }));
      await Promise.all(requests.map(({ first, count }) => server.checkRows(one, first, count)));
      const metrics = await server.process.metrics();
      const read = (metric: string): number => metrics.get(`${metric}{model="${one.name}",version="1"}`) ?? Number.NaN;
      const rows = requests.reduce((sum, { count }) => sum + count, 0);
      assert.equal(read('mindird_batch_size_sum'), rows);
      assert.ok(read('mindird_batch_size_count') < kClients, `${read('mindird_batch_size_count')} executions`);
    });
  }
});
