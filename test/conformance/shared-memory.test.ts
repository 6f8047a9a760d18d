// Tensors in system shared memory: objects of /dev/shm as another process makes them.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { SharedRegions } from '../../server/inference/shared-regions.ts';
import { doublingModel } from '../../server/native/fake-file.ts';
import { fakeShared } from '../../server/native/fake-shared.ts';
import { FakeServer } from '../support/fake-server.ts';
import { TestClient } from '../support/grpc-client.ts';
import { until } from '../support/until.ts';

const key = `/mindird-test-${process.pid}`;
const file = `/dev/shm${key}`;
const server = new FakeServer({
  regions: new SharedRegions({ prefix: 'mindird-', maxRegions: 10, maxBytes: 2 ** 20 }, { mapShared: fakeShared }),
});
let client: TestClient;

before(async () => {
  assert.ok(existsSync('/dev/shm'), '/dev/shm: system shared memory is a matter of Linux');
  await server.models.add('m', doublingModel([-1]));
  await server.models.add('nonzero', { ...doublingModel([-1]), batched: false, compute: 'nonzero' });
  client = new TestClient(await server.start());
  const made = Buffer.alloc(4096);
  for (let i = 0; i < 1000; i++) made.writeFloatLE(i, 4 * i);
  writeFileSync(file, made);
  await client.call('inference.SystemSharedMemoryRegister', { name: 'r', key, offset: 0, byte_size: 4096 });
});

after(() => {
  client.close();
  server.stop();
  rmSync(file, { force: true });
});

interface Response {
  readonly outputs: readonly {
    readonly name: string;
    readonly parameters: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }[];
  readonly raw_output_contents: readonly Buffer[];
}

const part = (offset: number, size: number): object => ({
  shared_memory_region: { string_param: 'r' },
  shared_memory_byte_size: { int64_param: size },
  ...(offset === 0 ? {} : { shared_memory_offset: { int64_param: offset } }),
});

const infer = async (model: string, input: object, output?: object): Promise<Response> => {
  const outputs = output === undefined ? [] : [{ name: 'y', parameters: output }];
  const request = {
    model_name: model,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [2], parameters: input }],
    outputs,
  };
  return (await client.call<Response>('inference.ModelInfer', request)).reply;
};

test('shared memory: inputs and outputs lie in a region, and the reply says where', async () => {
  const sent = await infer('m', part(40, 8));
  assert.deepEqual(
    [sent.raw_output_contents[0]?.readFloatLE(0), sent.raw_output_contents[0]?.readFloatLE(4)],
    [20, 22],
  );
  for (const model of ['m', 'nonzero']) {
    const { outputs, raw_output_contents: raw } = await infer(model, part(80, 8), part(2048, 16));
    assert.deepEqual(raw, [Buffer.alloc(0)]);
    const told = Object.entries(outputs[0]?.parameters ?? {}).map(([name, value]) => [
      name,
      value['string_param'] ?? value['int64_param'],
    ]);
    assert.deepEqual(told, [
      ['shared_memory_region', 'r'],
      ['shared_memory_byte_size', 16],
      ['shared_memory_offset', 2048],
    ]);
    const object = readFileSync(file);
    assert.deepEqual([object.readFloatLE(2048), object.readFloatLE(2052)], model === 'm' ? [40, 42] : [20, 21]);
  }
  assert.equal(server.grpc.bytesInFlight, 0);
});

test('shared memory: beside tensors in the message, and on a stream', async () => {
  const { call, seen, ended } = client.converse();
  call.write({
    model_name: 'm',
    id: 'a',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1], parameters: part(4, 4) }],
    outputs: [{ name: 'y', parameters: part(3000, 4) }],
  });
  call.end();
  await ended;
  assert.deepEqual(seen[0]?.error_message, '');
  assert.equal(readFileSync(file).readFloatLE(3000), 2);
  await assert.rejects(
    client.call('inference.ModelInfer', {
      model_name: 'm',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1], parameters: part(4, 4) }],
      raw_input_contents: [Buffer.alloc(4)],
    }),
    { details: 'raw_input_contents: 1 entry, want 0, one for each input that is not in shared memory' },
  );
});

test('shared memory: every part is checked on each use', async () => {
  const refused = async (
    input: object,
    output: object | undefined,
    text: string,
    code: number = status.INVALID_ARGUMENT,
  ): Promise<void> => {
    await assert.rejects(infer('m', input, output), (caught: { code: number; details: string }) => {
      assert.deepEqual([caught.code, caught.details], [code, text]);
      return true;
    });
  };
  await refused(
    part(4090, 8),
    undefined,
    'input "x": shared_memory_offset 4090 and shared_memory_byte_size 8 lie outside region "r", which has 4096 bytes',
  );
  await refused(part(0, 4), undefined, 'input "x": 4 bytes of data, want 8 for FP32 [2]');
  await refused(
    part(0, 8),
    part(4095, 4),
    'output "y": shared_memory_offset 4095 and shared_memory_byte_size 4 lie outside region "r", which has 4096 bytes',
  );
  await refused(part(0, 8), part(0, 4), 'output "y": has 8 bytes, its part of region "r" has 4');
  await refused(
    { shared_memory_region: { string_param: 'r' } },
    undefined,
    'input "x": parameter "shared_memory_byte_size" is missing',
  );
  await refused(
    { shared_memory_byte_size: { int64_param: 8 } },
    undefined,
    'input "x": parameter "shared_memory_region" is missing',
  );
  await refused(
    { ...part(0, 8), shared_memory_region: { string_param: 'nobody' } },
    undefined,
    'input "x": region "nobody" of shared memory is not registered',
  );
  await until(() => server.grpc.bytesInFlight === 0, 'nothing is held');
});

test('shared memory: over HTTP too, and an object that was cut is an error of the request', async () => {
  const asked = async (input: object, outputs: readonly object[]): Promise<readonly [number, string]> => {
    const body = { inputs: [{ name: 'x', datatype: 'FP32', shape: [2], parameters: input }], outputs };
    const url = `http://${server.http.address}/v2/models/m/infer`;
    const reply = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    return [reply.status, await reply.text()];
  };
  const inside = (region: string, offset: number, size: number): object => ({
    shared_memory_region: region,
    shared_memory_offset: offset,
    shared_memory_byte_size: size,
  });
  const [code, text] = await asked(inside('r', 40, 8), [{ name: 'y', parameters: inside('r', 1024, 100) }]);
  assert.deepEqual([code, JSON.parse(text).outputs], [200, [{ name: 'y', datatype: 'FP32', shape: [2] }]]);
  assert.equal(readFileSync(file).readFloatLE(1028), 22);
  const [small, refusal] = await asked(inside('r', 40, 8), [{ name: 'y', parameters: inside('r', 0, 4) }]);
  assert.deepEqual([small, JSON.parse(refusal).error], [400, 'output "y": has 8 bytes, its part of region "r" has 4']);
  writeFileSync(`${file}-cut`, Buffer.alloc(4096));
  try {
    const cut = { name: 'cut', key: `${key}-cut`, offset: 0, byte_size: 4096 };
    await client.call('inference.SystemSharedMemoryRegister', cut);
    truncateSync(`${file}-cut`, 100);
    for (const [input, output] of [
      [inside('cut', 2048, 8), { name: 'y' }],
      [inside('r', 0, 8), { name: 'y', parameters: inside('cut', 2048, 8) }],
    ] as const) {
      const [status, error] = await asked(input, [output]);
      assert.equal(status, 400);
      assert.match(error, /is shorter than when it was registered/);
    }
    await client.call('inference.SystemSharedMemoryUnregister', { name: 'cut' });
  } finally {
    rmSync(`${file}-cut`, { force: true });
  }
  await until(() => server.grpc.bytesInFlight === 0, 'nothing is held');
});

test('shared memory: the list of regions, and a server without', async () => {
  const { reply } = await client.call<{ regions: object }>('inference.SystemSharedMemoryStatus', {});
  assert.deepEqual(reply.regions, { r: { name: 'r', key, offset: 0, byte_size: 4096 } });
  await assert.rejects(client.call('inference.SystemSharedMemoryStatus', { name: 's' }), {
    details: 'region "s": is not registered',
  });
  await assert.rejects(
    client.call('inference.SystemSharedMemoryRegister', { name: 'r', key, byte_size: 1 }),
    /is registered already/,
  );
  await client.call('inference.SystemSharedMemoryUnregister', { name: 'r' });
  assert.deepEqual((await client.call('inference.SystemSharedMemoryStatus', {})).reply, { regions: {} });
  const off = new FakeServer();
  const other = new TestClient(await off.start());
  try {
    await assert.rejects(other.call('inference.SystemSharedMemoryRegister', { name: 'r', key, byte_size: 1 }), {
      code: status.UNIMPLEMENTED,
      details: 'shared memory is off (shared_memory.system)',
    });
    await other.call('inference.SystemSharedMemoryUnregister', { name: '' });
    const extensions = async (asked: TestClient): Promise<readonly string[]> =>
      (await asked.call<{ extensions: string[] }>('inference.ServerMetadata', {})).reply.extensions;
    assert.ok(
      !(await extensions(other)).includes('system_shared_memory') &&
        (await extensions(client)).includes('system_shared_memory'),
    );
  } finally {
    other.close();
    off.stop();
  }
});
