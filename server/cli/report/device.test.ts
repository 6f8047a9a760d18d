import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceLatencyOf, deviceLines } from './device.ts';
import type { ModelRow } from './result.ts';

const native = {
  devices: { tensorrt: 'a device (no GPU)' },
  latency: { host_dispatch_us: 12.34, device_us: 250, requests: 11, runs: 11, bound_by: 'device' },
};

test('report: what bounds the latency of a model on a device is read from its report and told in one line', () => {
  const device = deviceLatencyOf({ native });
  assert.deepEqual(device, { devices: ['a device (no GPU)'], hostDispatchUs: 12.34, deviceUs: 250, boundBy: 'device' });
  const article = {} as never;
  const row = {
    name: 'm',
    version: '1',
    runs: [
      { engine: 'cpu', ok: true, article, loadBefore: 0 },
      { engine: 'tensorrt', ok: true, article, loadBefore: 0, device },
      { engine: 'native', ok: false, reason: 'x' },
    ],
  } as unknown as ModelRow;
  assert.deepEqual(deviceLines([row]), [
    'm/1 on tensorrt (a device (no GPU)): host dispatch 12.3 µs, device 250 µs; latency is bound by the device',
  ]);
});

test('report: a report without device figures, or none, says nothing about a device', () => {
  for (const report of [undefined, null, 1, {}, { native: {} }, { native: { latency: { device_us: 'x' } } }])
    assert.equal(deviceLatencyOf(report), undefined);
});
