// Which of the two bounds the latency of a model that runs on a device: the host that dispatches, or the device.

import { significant } from '../terminal/format.ts';
import type { DeviceLatency, ModelRow } from './result.ts';

type Json = Readonly<Record<string, unknown>>;

function objectOf(value: unknown, key: string): Json | undefined {
  const found = typeof value === 'object' && value !== null ? (value as Json)[key] : undefined;
  return typeof found === 'object' && found !== null ? (found as Json) : undefined;
}

/** Reads a server's report of a model; undefined where no device was used. */
export function deviceLatencyOf(report: unknown): DeviceLatency | undefined {
  const native = objectOf(report, 'native');
  const {
    host_dispatch_us: hostDispatchUs,
    device_us: deviceUs,
    bound_by: boundBy,
  } = objectOf(native, 'latency') ?? {};
  if (typeof hostDispatchUs !== 'number' || typeof deviceUs !== 'number' || typeof boundBy !== 'string')
    return undefined;
  const devices = Object.values(objectOf(native, 'devices') ?? {}).map(String);
  return { devices, hostDispatchUs, deviceUs, boundBy };
}

/** One line for each model and engine that used a device. */
export function deviceLines(models: readonly ModelRow[]): readonly string[] {
  return models.flatMap((row) =>
    row.runs.flatMap((run) => {
      if (!run.ok || run.device === undefined) return [];
      const { devices, hostDispatchUs, deviceUs, boundBy } = run.device;
      const where = `${row.name}/${row.version} on ${run.engine} (${devices.join(', ')})`;
      return [
        `${where}: host dispatch ${significant(hostDispatchUs)} µs, device ${significant(deviceUs)} µs; latency is bound by the ${boundBy}`,
      ];
    }),
  );
}
