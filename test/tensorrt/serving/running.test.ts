// Failures of the driver while a server answers requests: the request that meets one is told so, the server and everything else go on.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CallError } from '../../../server/cli/client/open-inference.ts';
import { CaseServer, listCases } from '../../models/cases.ts';
import { Workplace } from '../../support/server-process.ts';
import { standInEnvironment } from './stand-ins.ts';

const kOnDevice = 'lenet5';
const kOnCpu = 'wide_deep';
const kRequests = 40;
const networks = listCases('networks', { rtol: 1e-3, atol: 1e-4 });
const [device] = networks.filter(({ name }) => name === kOnDevice);
const [cpu] = networks.filter(({ name }) => name === kOnCpu);
const [growing] = networks.filter(({ name }) => name === 'mobilenet_v3_large_dynamic');
assert.ok(device !== undefined && cpu !== undefined && growing !== undefined);

/** What goes wrong with a request; undefined when its answer is right. */
async function failure(request: Promise<void>): Promise<{ status: string; text: string } | undefined> {
  try {
    await request;
    return undefined;
  } catch (caught) {
    if (!(caught instanceof CallError)) throw caught;
    return { status: caught.status, text: caught.message };
  }
}

describe('failures while TensorRT runs', () => {
  let place: Workplace;
  let server: CaseServer;
  const start = async (cuda: string): Promise<void> => {
    place.put(`servables/${kOnCpu}/servable_config.yaml`, 'model: {engines: [cpu]}\n');
    const environment = standInEnvironment({ cuda });
    server = await CaseServer.start('networks', [device, cpu, growing], null, { place, environment });
    const engines = async (name: string): Promise<unknown> =>
      (await server.report(name)).plans.map(({ partitions }) => partitions.map(({ engine }) => engine));
    assert.deepEqual(await engines(kOnDevice), [['tensorrt']]);
    assert.deepEqual(await engines(kOnCpu), [['cpu']]);
  };
  beforeEach(() => {
    place = new Workplace();
  });
  afterEach(async () => {
    await server.stop();
    place.close();
  });

  it('a launch is refused: that request fails, the next ones are answered', async () => {
    await start('fail_launch=30');
    const failures = [];
    for (let i = 0; i < kRequests; i++) {
      const found = await failure(server.check(device));
      if (found !== undefined) failures.push(found);
    }
    assert.equal(failures.length, 1);
    assert.equal(failures[0]?.status, 'INTERNAL');
    assert.match(failures[0]?.text ?? '', /cuGraphLaunch: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES \(701\)$/);
    await server.check(cpu);
  });

  it('a kernel fails and the device is lost: requests for it say so, the server and the cpu engine serve on', async () => {
    await start('fail_kernel=30');
    let answered = 0;
    while ((await failure(server.check(device))) === undefined) answered++;
    assert.ok(answered < kRequests, `${answered} requests`);
    for (let i = 0; i < 3; i++) {
      const found = await failure(server.check(device));
      assert.equal(found?.status, 'INTERNAL');
      assert.match(found?.text ?? '', /the process has lost the device and must be restarted$/);
      await server.check(cpu);
    }
    assert.equal((await fetch(`${server.process.httpUrl}/livez`)).status, 200);
  });

  it('device memory is short for one shape: requests of that shape fail, others are answered', async () => {
    await start('memory=400000');
    await server.checkRows(growing, 0, 1);
    const found = await failure(server.checkRows(growing, 0, 2));
    assert.equal(found?.status, 'RESOURCE_EXHAUSTED');
    assert.match(found?.text ?? '', /CUDA_ERROR_OUT_OF_MEMORY \(2\)$/);
    await server.checkRows(growing, 1, 1);
    await server.check(device);
  });
});
