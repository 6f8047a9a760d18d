// Failures of the driver while a server answers requests: the request that meets one is told so, the server and everything else go on.

import assert from 'node:assert/strict';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CallError } from '../../../server/cli/client/open-inference.ts';
import { CaseServer, listCases } from '../../models/cases.ts';
import { Workplace } from '../../support/server-process.ts';
import { standInEnvironment } from './stand-ins.ts';

const kOnDevice = 'lenet5';
const kOnCpu = 'wide_deep';
/** A client is not told what went wrong inside. */
const kHidden = { status: 'INTERNAL', text: 'ENGINE_FAILED: the server failed, its log has the cause' };
const networks = listCases('networks', { rtol: 1e-3, atol: 1e-4 });
const [device] = networks.filter(({ name }) => name === kOnDevice);
const [cpu] = networks.filter(({ name }) => name === kOnCpu);
/** Plans are made for each of its image sizes and batch sizes; and a model that needs no new ones. */
const operators = listCases('ops', { rtol: 1e-3, atol: 1e-4 });
const [growing] = operators.filter(({ name }) => name === 'dynamic_size_conv');
const [steady] = operators.filter(({ name }) => name === 'dynamic_batch_mlp');
assert.ok(device !== undefined && cpu !== undefined && growing !== undefined && steady !== undefined);

/** What goes wrong with a request; undefined when its answer is right. */
async function failure(request: Promise<void>): Promise<{ status: string; text: string } | undefined> {
  try {
    await request;
    return undefined;
  } catch (caught) {
    if (!(caught instanceof CallError)) throw caught;
    return { status: caught.status, text: caught.message.replace(/^\S+ [A-Z_]+: /, '') };
  }
}

describe('failures while TensorRT runs', () => {
  let place: Workplace;
  let server: CaseServer;
  /** Changes the driver under the running server. */
  const behave = (cuda: string): string => place.put('cuda', `${cuda}\n`);
  /** What the log says of the last request that failed. */
  const cause = (): string => String(server.process.logged('request.failed').at(-1)?.['error']);
  const environment = () => standInEnvironment({ cuda: `@${path.join(place.folder, 'cuda')}` });
  const start = async (): Promise<void> => {
    place.put(`servables/${kOnCpu}/servable_config.yaml`, 'model: {engines: [cpu]}\n');
    server = await CaseServer.start('networks', [device, cpu], null, { place, environment: environment() });
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
    await start();
    await server.check(device);
    behave('fail_launch=1');
    assert.deepEqual(await failure(server.check(device)), kHidden);
    for (let i = 0; i < 3; i++) await server.check(device);
    await server.check(cpu);
    assert.match(cause(), /CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES \(701\)$/);
  });

  it('a kernel fails and the device is lost: requests for it say so, the server and the cpu engine serve on', async () => {
    await start();
    await server.check(device);
    behave('fail_kernel=1');
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await failure(server.check(device)), kHidden);
      assert.match(cause(), /CUDA_ERROR_LAUNCH_FAILED \(719\); the process has lost the device and must be restarted$/);
      await server.check(cpu);
    }
    assert.equal((await fetch(`${server.process.httpUrl}/livez`)).status, 200);
  });

  it('device memory is short for a new shape: that request fails, the next ones are answered', async () => {
    server = await CaseServer.start('ops', [growing, steady], null, { place, environment: environment() });
    await server.checkRows(growing, 0, 1);
    behave('fail_alloc=1');
    const found = await failure(server.checkRows(growing, 0, 2));
    assert.equal(found?.status, 'RESOURCE_EXHAUSTED');
    assert.match(found.text, /CUDA_ERROR_OUT_OF_MEMORY \(2\)$|OutOfMemory/);
    await server.checkRows(growing, 1, 1);
    await server.check(steady);
    // The same shape again, now that there is room.
    await server.checkRows(growing, 0, 2);
  });
});
