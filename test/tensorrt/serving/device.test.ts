// What a server tells of the device its models run on, and what it does when the device is lost.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CaseServer, listCases } from '../../models/cases.ts';
import { until } from '../../support/until.ts';
import { standInEnvironment } from './stand-ins.ts';

const kModel = 'graph_cycle_trap';
const cases = listCases('ops', { rtol: 1e-3, atol: 1e-4 }).filter(({ name }) => name === kModel);
/** Two subgraphs on the device, two lanes, two runs each before the model is ready. */
const kKernelsOfWarmUp = 8;

async function text(server: CaseServer, path: string): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(`${server.process.httpUrl}${path}`);
  return { status: response.status, body: await response.text() };
}

describe('a model on a device', () => {
  it('device times and memory are in metrics and report, which says that no GPU was used', async () => {
    const server = await CaseServer.start('ops', cases, 'auto', {
      environment: standInEnvironment({ cuda: 'kernel_us=2000' }),
    });
    try {
      for (const one of cases) await server.check(one);
      const metrics = await server.process.metrics();
      const value = (series: string): number => {
        const found = metrics.get(series);
        assert.ok(found !== undefined, `${series} is not in the metrics`);
        return found;
      };
      const stage = `mindird_device_stage_duration_seconds_sum{model="${kModel}",version="1",stage=`;
      assert.ok(value(`${stage}"compute"}`) >= 0.004, 'two kernels of 2 ms');
      for (const name of ['host_dispatch', 'to_device', 'to_host']) assert.ok(value(`${stage}"${name}"}`) > 0, name);
      assert.ok(value(`mindird_memory_bytes{model="${kModel}",version="1",kind="device"}`) > 0);
      const memory = 'mindird_device_memory_bytes{device="test device on the host (no GPU)"';
      assert.ok(value(`${memory},kind="used"}`) > 0);
      assert.ok(value(`${memory},kind="total"}`) > value(`${memory},kind="used"}`));
      const report = JSON.parse((await text(server, `/v2/models/${kModel}/report`)).body) as {
        readonly native: { readonly devices: unknown; readonly latency: Readonly<Record<string, number | string>> };
      };
      assert.deepEqual(report.native.devices, { tensorrt: 'test device on the host (no GPU)' });
      const { host_dispatch_us: host, device_us: device, bound_by: bound } = report.native.latency;
      assert.ok(Number(host) > 0 && Number(device) >= 4000, `${host} µs of the host, ${device} of the device`);
      assert.equal(bound, Number(host) > Number(device) ? 'host dispatch' : 'device');
    } finally {
      await server.stop();
    }
  });

  it('a lost device fails requests and readiness with the reason; the server goes on', async () => {
    const server = await CaseServer.start('ops', cases, 'auto', {
      environment: standInEnvironment({ cuda: `fail_kernel=${kKernelsOfWarmUp + 1}` }),
    });
    try {
      assert.equal((await text(server, '/readyz')).status, 200);
      const [one] = cases;
      assert.ok(one !== undefined);
      for (let i = 0; i < 3; i++) await assert.rejects(server.check(one), /ENGINE_FAILED/);
      await until(async () => (await text(server, '/readyz')).status === 503, 'readiness to fail');
      assert.match((await text(server, '/readyz')).body, /the process has lost the device/);
      assert.equal((await text(server, '/livez')).status, 200);
      const causes = server.process.logged('device.failed').map(({ cause }) => String(cause));
      assert.equal(causes.length, 1);
      assert.match(causes[0] ?? '', /CUDA_ERROR_LAUNCH_FAILED \(719\); the process has lost the device/);
    } finally {
      await server.stop();
    }
  });
});
