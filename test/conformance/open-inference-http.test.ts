// The Open Inference Protocol over HTTP, by requests made by hand: every form of data, every refusal, and every way in which a call ends.

import assert from 'node:assert/strict';
import { request as open } from 'node:http';
import { after, before, test } from 'node:test';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { doublingModel } from '../../server/native/fake-file.ts';
import type { FakeModel } from '../../server/native/fake-model.ts';
import { FakeServer } from '../support/fake-server.ts';
import { addServedFakes } from '../support/served-fakes.ts';
import { patienceMs, until } from '../support/until.ts';

const server = new FakeServer({ maxMessage: 2 ** 20 });
let held: FakeModel;

before(async () => {
  held = await addServedFakes(server);
  await server.models.add('long', {
    inputs: [
      { name: 'i', dtype: 'INT64', shape: [-1] },
      { name: 'u', dtype: 'UINT64', shape: [-1] },
    ],
    outputs: [
      { name: 'j', dtype: 'INT64', shape: [-1] },
      { name: 'v', dtype: 'UINT64', shape: [-1] },
    ],
    batched: false,
    compute: 'copy',
  });
  await server.models.add('same', { ...doublingModel([-1, 2]), compute: 'copy', batched: true }, { maxBatch: 4 });
  await server.models.add('half', {
    inputs: [{ name: 'x', dtype: 'FP16', shape: [2] }],
    outputs: [{ name: 'y', dtype: 'FP16', shape: [2] }],
    batched: false,
    compute: 'copy',
  });
  await server.start();
});

after(async () => {
  held.held = false;
  assert.equal(await server.drain(patienceMs), true);
  assert.deepEqual(server.bugs, []);
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly json: Record<string, unknown>;
}

/** A request as it is given, without what fetch adds. */
function ask(
  method: string,
  path: string,
  body: string | Buffer | undefined = undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = open(`${server.url}${path}`, { method, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        const bytes = Buffer.concat(pieces);
        const isJson = response.headers['content-type'] === 'application/json' && !response.headers['content-encoding'];
        const json = isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : {};
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, json });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const infer = (model: string, request: unknown, headers?: Record<string, string>): Promise<Answer> =>
  ask('POST', `/v2/models/${model}/infer`, JSON.stringify(request), headers);

const four = { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4.5] };
const floats = (...values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

async function refused(model: string, request: unknown, status: number, error: RegExp): Promise<void> {
  const { status: found, json } = await infer(model, request);
  assert.match(String(json['error']), error);
  assert.equal(found, status, String(json['error']));
}

test('http: live, ready, metadata of the server and of models', async () => {
  for (const [path, status] of [
    ['/v2/health/live', 200],
    ['/v2/health/ready', 200],
    ['/v2/models/double/ready', 200],
    ['/v2/models/double/versions/1/ready', 200],
    ['/v2/models/double/versions/7/ready', 400],
    ['/v2/models/broken/ready', 400],
    ['/v2/models/nobody/ready', 400],
  ] as const)
    assert.equal((await ask('GET', path)).status, status, path);
  const { json } = await ask('GET', '/v2');
  assert.equal(json['name'], 'mindird');
  assert.ok((json['extensions'] as string[]).includes('binary_tensor_data'));
  assert.deepEqual((await ask('GET', '/v2/models/double/versions/2')).json, {
    name: 'double',
    versions: ['1', '2'],
    platform: 'mindspore_mindir',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 4] }],
  });
  const unknown = await ask('GET', '/v2/models/nobody');
  assert.deepEqual([unknown.status, unknown.json['code']], [404, 'NOT_FOUND']);
  assert.match(String(unknown.json['error']), /^Request for unknown model/);
  assert.equal((await ask('GET', '/v2/models/broken')).status, 503);
  assert.equal((await ask('HEAD', '/v2/health/live')).bytes.length, 0);
});

test('http: configuration, statistics and the index of the repository', async () => {
  const { json: config } = await ask('GET', '/v2/models/double/config');
  assert.deepEqual([config['name'], config['max_batch_size']], ['double', 8]);
  assert.equal((await infer('double', { inputs: [four] })).status, 200);
  const { json: stats } = await ask('GET', '/v2/models/double/versions/2/stats');
  assert.equal((stats['model_stats'] as { inference_count: number }[])[0]?.inference_count, 1);
  const all = (await ask('GET', '/v2/models/stats')).json['model_stats'] as object[];
  assert.equal(all.length, 9);
  const index = async (body?: string): Promise<{ name: string; state: string }[]> =>
    (await ask('POST', '/v2/repository/index', body)).json as unknown as { name: string; state: string }[];
  assert.equal((await index()).find(({ name }) => name === 'broken')?.state, 'UNAVAILABLE');
  assert.equal(
    (await index('{"ready":true}')).some(({ name }) => name === 'broken'),
    false,
  );
  assert.equal((await ask('POST', '/v2/repository/index', '{"ready":1}')).status, 400);
});

test('http: inference in JSON, flat and nested, with id, version and outputs', async () => {
  const flat = await infer('double', { id: 'a', inputs: [four] });
  assert.deepEqual([flat.status, flat.headers['content-type']], [200, 'application/json']);
  assert.deepEqual(flat.json, {
    model_name: 'double',
    model_version: '2',
    id: 'a',
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 4], data: [2, 4, 6, 9] }],
  });
  const nested = { ...four, shape: [2, 4], data: [four.data, [0, 0, 0, -1]] };
  const { json } = await infer('double/versions/1', { inputs: [nested], outputs: [{ name: 'y' }] });
  assert.equal(json['model_version'], '1');
  assert.deepEqual((json['outputs'] as { data: number[] }[])[0]?.data, [2, 4, 6, 9, 0, 0, 0, -2]);
  assert.equal('id' in json, false);
});

test('http: whole numbers of 64 bits keep every digit', async () => {
  const body = `{"inputs":[{"name":"i","datatype":"INT64","shape":[3],"data":[-9223372036854775808,9007199254740993,7]},
    {"name":"u","datatype":"UINT64","shape":[1],"data":[18446744073709551615]}]}`;
  const { status, bytes } = await ask('POST', '/v2/models/long/infer', body);
  assert.equal(status, 200, bytes.toString());
  assert.match(bytes.toString(), /"data":\[-9223372036854775808,9007199254740993,7\]/);
  assert.match(bytes.toString(), /"data":\[18446744073709551615\]/);
});

test('http: every element type comes back in JSON, but those of 16 bits, and all as binary data', async () => {
  const values: Readonly<Record<string, readonly unknown[]>> = {
    BOOL: [true, false, true],
    UINT8: [0, 1, 255],
    UINT16: [0, 1, 65_535],
    UINT32: [0, 1, 4_294_967_295],
    UINT64: [0, 1, 2],
    INT8: [-128, 0, 127],
    INT16: [-32_768, 0, 32_767],
    INT32: [-2_147_483_648, 0, 2_147_483_647],
    INT64: [-5, 0, 5],
    FP32: [0.5, -0.25, 3],
    FP64: [0.1, -1e300, 3],
  };
  const raw = ['FP16', 'BF16'].map((datatype) => ({
    name: `in_${datatype}`,
    datatype,
    shape: [3],
    parameters: { binary_data_size: 6 },
  }));
  const typed = Object.entries(values).map(([datatype, data]) => ({
    name: `in_${datatype}`,
    datatype,
    shape: [3],
    data,
  }));
  const wanted = ['FP16', 'BF16'].map((name) => ({ name: `out_${name}`, parameters: { binary_data: true } }));
  const outputs = [...Object.keys(values).map((name) => ({ name: `out_${name}` })), ...wanted];
  const json = JSON.stringify({ inputs: [...typed, ...raw], outputs });
  const blobs = Buffer.from('0102030405060708090a0b0c', 'hex');
  const header = { 'inference-header-content-length': String(json.length) };
  const answer = await ask('POST', '/v2/models/all/infer', Buffer.concat([Buffer.from(json), blobs]), header);
  assert.equal(answer.status, 200, answer.bytes.toString());
  const length = Number(answer.headers['inference-header-content-length']);
  const reply = JSON.parse(answer.bytes.toString('utf8', 0, length)) as { outputs: { name: string; data?: unknown }[] };
  for (const { name, data } of reply.outputs)
    if (data !== undefined) assert.deepEqual(data, values[name.slice('out_'.length)], name);
  assert.deepEqual(answer.bytes.subarray(length), blobs);
});

test('http: binary data in and out, all outputs or some', async () => {
  const input = { name: 'x', datatype: 'FP32', shape: [1, 4], parameters: { binary_data_size: 16 } };
  const send = (request: object, bytes: Buffer): Promise<Answer> => {
    const json = JSON.stringify({ inputs: [input], ...request });
    const header = { 'inference-header-content-length': String(json.length) };
    return ask('POST', '/v2/models/double/infer', Buffer.concat([Buffer.from(json), bytes]), header);
  };
  const data = floats(1, 2, 3, 4);
  for (const request of [
    { parameters: { binary_data_output: true } },
    { outputs: [{ name: 'y', parameters: { binary_data: true } }] },
  ]) {
    const { status, headers, bytes } = await send(request, data);
    assert.deepEqual([status, headers['content-type']], [200, 'application/octet-stream']);
    assert.deepEqual(bytes.subarray(Number(headers['inference-header-content-length'])), floats(2, 4, 6, 8));
  }
  const asJson = await send(
    { outputs: [{ name: 'y', parameters: { binary_data: false } }], parameters: { binary_data_output: true } },
    data,
  );
  assert.deepEqual((asJson.json['outputs'] as { data: number[] }[])[0]?.data, [2, 4, 6, 8]);
  assert.match(String((await send({}, data.subarray(1))).json['error']), /binary_data_size is 16, 15 bytes/);
  assert.match(String((await send({}, floats(1, 2, 3, 4, 5))).json['error']), /4 bytes behind the last input's/);
});

test('http: a body of nothing but bytes is the one input of its model', async () => {
  const header = { 'inference-header-content-length': '0' };
  const { status, bytes, headers } = await ask('POST', '/v2/models/double/infer', floats(1, 2, 3, 4), header);
  assert.equal(status, 200);
  assert.deepEqual(bytes.subarray(Number(headers['inference-header-content-length'])), floats(2, 4, 6, 8));
  assert.equal((await ask('POST', '/v2/models/nonzero/infer', floats(0, 5), header)).status, 200);
  const short = await ask('POST', '/v2/models/double/infer', floats(1), header);
  assert.deepEqual([short.status, /16/.test(String(short.json['error']))], [400, true]);
  const several = await ask('POST', '/v2/models/all/infer', floats(1), header);
  assert.match(String(several.json['error']), /the model has 13 inputs, want JSON/);
  assert.equal((await ask('POST', '/v2/models/nobody/infer', floats(1), header)).status, 404);
});

test('http: gzip and deflate, both ways', async () => {
  const rows = 100;
  const request = JSON.stringify({ inputs: [{ ...four, shape: [rows, 4], data: Array(rows * 4).fill(0.125) }] });
  const plain = await ask('POST', '/v2/models/same/infer', JSON.stringify({ inputs: [{ ...four, shape: [2, 2] }] }));
  assert.equal(plain.status, 200, plain.bytes.toString());
  for (const [coding, pack, unpack] of [
    ['gzip', gzipSync, gunzipSync],
    ['deflate', deflateSync, inflateSync],
  ] as const) {
    const headers = { 'content-encoding': coding, 'accept-encoding': coding };
    const { status, headers: got, bytes } = await ask('POST', '/v2/models/double/infer', pack(request), headers);
    assert.deepEqual([status, got['content-encoding']], [200, coding]);
    const reply = JSON.parse(unpack(bytes).toString()) as { outputs: { data: number[] }[] };
    assert.deepEqual(reply.outputs[0]?.data, Array(rows * 4).fill(0.25));
  }
  const none = await ask('POST', '/v2/models/double/infer', request, { 'accept-encoding': 'gzip;q=0, identity' });
  assert.equal(none.headers['content-encoding'], undefined);
  const wrong = await ask('POST', '/v2/models/double/infer', request, { 'content-encoding': 'gzip' });
  assert.deepEqual([wrong.status, /is not gzip/.test(String(wrong.json['error']))], [400, true]);
  assert.equal((await ask('POST', '/v2/models/double/infer', request, { 'content-encoding': 'br' })).status, 501);
  const bomb = gzipSync(Buffer.alloc(2 ** 21));
  assert.equal((await ask('POST', '/v2/models/double/infer', bomb, { 'content-encoding': 'gzip' })).status, 413);
});

test('http: what is wrong with a request is named, with its place', async () => {
  const x = (change: object): object => ({ inputs: [{ ...four, ...change }] });
  const cases: readonly (readonly [unknown, number, RegExp])[] = [
    [[], 400, /request JSON: is an array, want an object/],
    [{}, 400, /input "x": missing/],
    [{ inputs: {} }, 400, /inputs is an object, want an array/],
    [{ inputs: [7] }, 400, /inputs\[0\]: is a number/],
    [x({ name: 'z' }), 400, /input "z": the model has no such input/],
    [{ inputs: [four, four] }, 400, /input "x": given twice/],
    [x({ datatype: 'FP31' }), 400, /datatype is "FP31"/],
    [x({ datatype: 'BYTES' }), 400, /value 1 at 0 of data is no BYTES/],
    [x({ datatype: 'BYTES', data: ['a', 'b', 'c', 'd'] }), 400, /datatype is BYTES, want FP32/],
    [x({ datatype: 'INT32', data: [1, 2, 3, 4] }), 400, /datatype is INT32, want FP32/],
    [x({ shape: undefined }), 400, /no shape/],
    [x({ shape: [1, -4] }), 400, /shape has -4/],
    [x({ shape: [1, 1.5] }), 400, /shape has 1.5/],
    [x({ shape: Array(33).fill(1) }), 400, /33 shape, the limit is 32/],
    [x({ shape: [2 ** 50, 2 ** 50] }), 400, /too many elements/],
    [x({ shape: [2 ** 40, 4] }), 400, /4 values in data, want 4398046511104/],
    [x({ data: undefined }), 400, /no data/],
    [x({ data: 'abc' }), 400, /data is no array/],
    [x({ data: [1, 2, 3] }), 400, /3 values in data, want 4/],
    [
      x({
        data: [
          [1, 2],
          [3, 4],
        ],
      }),
      400,
      /2 entries along dimension 0 of data, want 1/,
    ],
    [x({ data: [[1, 2, 3, [4]]] }), 400, /not nested as its shape/],
    [x({ data: [1, 2, 3, '4'] }), 400, /value "4" at 3 of data is no FP32/],
    [x({ data: [1, 2, 3, null] }), 400, /value null at 3/],
    [x({ data: [1, 2, 3, 1e39] }), 400, /value 1e\+39 at 3 of data does not fit FP32/],
    [x({ parameters: { binary_data_size: 16 } }), 400, /has data and binary_data_size/],
    [x({ parameters: { shared_memory_region: 'r' } }), 400, /"shared_memory_byte_size" is missing/],
    [
      x({ parameters: { shared_memory_region: 'r', shared_memory_byte_size: 16 } }),
      400,
      /has data although it is in shared memory/,
    ],
    [
      x({ data: undefined, parameters: { shared_memory_region: 'r', shared_memory_byte_size: 16 } }),
      501,
      /shared memory is off \(shared_memory.system\)/,
    ],
    [
      { ...x({}), outputs: [{ name: 'y', parameters: { shared_memory_region: 'r', shared_memory_byte_size: 16 } }] },
      501,
      /output "y": shared memory is off/,
    ],
    [{ ...x({}), outputs: [{ name: 'n' }] }, 400, /output "n": the model has no such output/],
    [{ ...x({}), outputs: [{ name: 'y' }, { name: 'y' }] }, 400, /output "y": requested twice/],
    [{ ...x({}), outputs: [{ name: 'y', parameters: { classification: 3 } }] }, 501, /"classification"/],
    [{ ...x({}), outputs: [{ name: 'y', parameters: { binary_data: 1 } }] }, 400, /want true or false/],
    [{ ...x({}), parameters: { sequence_id: 5 } }, 501, /sequences are not supported/],
    [{ ...x({}), parameters: { priority: -1 } }, 400, /parameter "priority"/],
    [{ ...x({}), parameters: { timeout: 'soon' } }, 400, /parameter "timeout"/],
    [{ ...x({}), parameters: { mindird_sticky: [] } }, 400, /"mindird_sticky": is neither text nor a whole number/],
    [{ ...x({}), parameters: { method: 5 } }, 400, /method is a number, want a string/],
    [{ ...x({}), id: 5 }, 400, /id is a number, want a string/],
  ];
  for (const [request, status, error] of cases) await refused('double', request, status, error);
  await refused(
    'half',
    { inputs: [{ name: 'x', datatype: 'FP16', shape: [2], data: [1, 2] }] },
    400,
    /FP16 has no form in JSON/,
  );
  await refused('nobody', x({}), 404, /Request for unknown model/);
  await refused('double/versions/9', x({}), 404, /Request for unknown model/);
  await refused('broken', x({}), 503, /no version is ready/);
});

test('http: outputs without a form in JSON are refused before or after they are computed', async () => {
  const send = (model: string, datatype: string, shape: readonly number[], bytes: Buffer): Promise<Answer> => {
    const parameters = { binary_data_size: bytes.length };
    const json = JSON.stringify({ inputs: [{ name: 'x', datatype, shape, parameters }] });
    const header = { 'inference-header-content-length': String(json.length) };
    return ask('POST', `/v2/models/${model}/infer`, Buffer.concat([Buffer.from(json), bytes]), header);
  };
  const half = await send('half', 'FP16', [2], Buffer.alloc(4));
  assert.deepEqual([half.status, /FP16 has no form in JSON/.test(String(half.json['error']))], [400, true]);
  const nan = await send('same', 'FP32', [1, 2], floats(1, Number.NaN));
  assert.deepEqual([nan.status, /value NaN at 1 has no form in JSON/.test(String(nan.json['error']))], [501, true]);
});

test('http: JSON that is broken, too deep, or not UTF-8, and headers that contradict the body', async () => {
  const send = (body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> =>
    ask('POST', '/v2/models/double/infer', body, headers);
  for (const [body, error] of [
    ['', /request JSON: /],
    ['{"inputs":[', /request JSON: /],
    [`${'['.repeat(65)}${']'.repeat(65)}`, /nested deeper than 64 levels at byte 64/],
    ['['.repeat(100_000), /nested deeper/],
    [Buffer.from([0x7b, 0xff, 0x7d]), /is not UTF-8/],
  ] as const) {
    const { status, json } = await send(body);
    assert.match(String(json['error']), error);
    assert.equal(status, 400);
  }
  for (const length of ['-1', 'x', '1e3', '999', '99999999999999999999']) {
    const { status, json } = await send('{}', { 'inference-header-content-length': length });
    assert.match(String(json['error']), /Inference-Header-Content-Length: is /);
    assert.equal(status, 400, length);
  }
  const large = await send(Buffer.alloc(2 ** 20 + 1, 0x20));
  assert.deepEqual(
    [large.status, /1048577 bytes, the limit is 1048576/.test(String(large.json['error']))],
    [413, true],
  );
});

test('http: chunked bodies, and stage times on request', async () => {
  const answer = await ask('POST', '/v2/models/double/infer', JSON.stringify({ inputs: [four] }), {
    'transfer-encoding': 'chunked',
  });
  assert.equal(answer.status, 200);
  const { json } = await infer('double', { inputs: [four], parameters: { mindird_times: true } });
  const times = json['parameters'] as Record<string, number>;
  assert.ok((times['mindird_total_us'] ?? 0) > 0);
});

const lastEnd = (path: string): (typeof server.ends)[number] | undefined =>
  server.ends.filter(({ method }) => method === `POST ${path}`).at(-1);

test('http: every call ends once in the account, with its code and the route as its method', async () => {
  const before = server.ends.length;
  await infer('double', { id: 'counted', inputs: [four] });
  await infer('double', { inputs: [] });
  await infer('made-up-by-a-caller', { inputs: [four] });
  await ask('GET', '/v2/models/double/config');
  await until(() => server.ends.length === before + 4, 'the calls to end');
  assert.deepEqual(
    server.ends
      .slice(before)
      .map(({ method, code, rows, servable, version }) => [method, code, rows, servable, version]),
    [
      ['POST /v2/models/:model/infer', 'OK', 1, 'double', '2'],
      ['POST /v2/models/:model/infer', 'INVALID_ARGUMENT', 0, 'double', '2'],
      ['POST /v2/models/:model/infer', 'NOT_FOUND', 0, 'made-up-by-a-caller', ''],
      ['GET /v2/models/:model/config', 'OK', 0, '', ''],
    ],
  );
});

test('http: the parameter "timeout" ends the wait in the queue', async () => {
  const one = { name: 'x', datatype: 'FP32', shape: [1], data: [1] };
  const blocking = infer('held', { inputs: [one] });
  await until(() => held.queueDepth() === 0 && server.admission.requests > 0, 'the first request to run');
  const waiting = infer('held', { inputs: [one], parameters: { timeout: 1000 } });
  await until(() => held.queueDepth() === 1, 'the second request to wait');
  held.held = false;
  assert.equal((await blocking).status, 200);
  assert.deepEqual([(await waiting).status, (await waiting).json['code']], [504, 'DEADLINE_EXCEEDED']);
});

test('http: a client that goes away is cancelled, and counted as such', async () => {
  held.held = true;
  const one = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }] });
  const blocking = ask('POST', '/v2/models/held/infer', one);
  await until(() => held.queueDepth() === 0 && server.admission.requests === 1, 'the first request to run');
  const leaving = open(`${server.url}/v2/models/held/infer`, { method: 'POST', agent: false });
  leaving.on('error', () => undefined);
  leaving.end(one);
  await until(() => held.queueDepth() === 1, 'the second request to wait');
  leaving.destroy();
  await until(
    () => held.queueDepth() === 0 && lastEnd('/v2/models/:model/infer')?.code === 'CANCELLED',
    'the second request to be cancelled',
  );
  held.held = false;
  assert.equal((await blocking).status, 200);
  assert.equal(server.admission.requests, 0);
  await until(() => server.grpc.bytesInFlight === 0, 'the bytes to be given back');
});

test('http: bodies are held against the limit on bytes in flight', async () => {
  const small = new FakeServer({ maxBytesInFlight: 2 ** 20, maxMessage: 2 ** 20 });
  await small.models.add('double', doublingModel([-1, 4]), { maxBatch: 8 });
  await small.start();
  const url = `${small.url}/v2/models/double/infer`;
  const pending = open(url, { method: 'POST', agent: false, headers: { 'content-length': String(2 ** 20) } });
  pending.on('error', () => undefined);
  pending.write(Buffer.alloc(2 ** 20 - 10, 0x20));
  await until(() => small.grpc.bytesInFlight === 2 ** 20 - 10, 'the body to arrive in part');
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ inputs: [four] }) });
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1']);
  assert.match(String(((await answer.json()) as { error: string }).error), /max_bytes_in_flight/);
  pending.destroy();
  await until(() => small.grpc.bytesInFlight === 0, 'the bytes to be given back');
  assert.equal((await fetch(url, { method: 'POST', body: JSON.stringify({ inputs: [four] }) })).status, 200);
  assert.equal(await small.drain(patienceMs), true);
});

test('http: a request that does not arrive, and a reply that is not read, are ended', async () => {
  const impatient = new FakeServer({ peerTimeoutMs: 50 });
  await impatient.models.add('double', doublingModel([-1, 4]), { maxBatch: 8 });
  await impatient.start();
  const stopped = open(`${impatient.url}/v2/models/double/infer`, { method: 'POST', agent: false });
  stopped.on('error', () => undefined);
  stopped.write('{');
  await until(() => impatient.ends.at(-1)?.code === 'DEADLINE_EXCEEDED', 'the call to be ended');
  stopped.destroy();
  assert.equal(await impatient.drain(patienceMs), true);
});
