// What no well-meaning client or exporter sends, at the real server with the native addon: it is refused with its place, quickly, and a good
// servable beside it is served throughout.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { TestClient } from '../support/grpc-client.ts';
import { nativeAddon, ServerProcess, Workplace } from '../support/server-process.ts';
import { patienceMs, until } from '../support/until.ts';

const place = new Workplace();
let server: ServerProcess;

const digits = projectPath('servables', 'digits', '1', 'model.mindir');

/** Makes NAME/1 and returns a path in it. */
function version(name: string, file = 'model.mindir'): string {
  const folder = path.join(place.repository, name, '1');
  mkdirSync(folder, { recursive: true });
  return path.join(folder, file);
}

function config(name: string, text: string): void {
  writeFileSync(path.join(place.repository, name, 'servable_config.yaml'), text);
}

/** Folders with what should be refused, and what the refusal says. */
const broken: Readonly<Record<string, RegExp>> = {
  pipe: /model\.mindir is not a regular file/,
  folder: /has no \.mindir or \.mindplan file/,
  loop: /model\.mindir is not a regular file/,
  device: /model\.mindir is not a regular file/,
  empty: /model\.mindir: is empty/,
  text: /model\.mindir: not a MindIR file: offset 0/,
  cut: /model\.mindir: offset \d+: .* ends beyond its message/,
  extension: /has no \.mindir or \.mindplan file/,
  two: /has 2 \.mindir files \(a\.mindir, b\.mindir\), want model\.model_file/,
  outside: /servable_config\.yaml:1: model\.model_file: found "\.\.\/\.\.\/good\/1\/model\.mindir"/,
  anchors: /servable_config\.yaml:1: .*anchors are not supported/,
  pipeconfig: /servable_config\.yaml: not a regular file/,
  huge: /model\.mindir: node "\S+" \(\w+\): needs \d+ MiB at once, want at most 1 \(model\.max_memory\)/,
};

before(async () => {
  cpSync(digits, version('good'));
  execFileSync('mkfifo', [version('pipe')]);
  mkdirSync(version('folder'));
  symlinkSync('model.mindir', version('loop'));
  symlinkSync('/dev/zero', version('device'));
  writeFileSync(version('empty'), '');
  writeFileSync(version('text'), 'this is not a model');
  writeFileSync(version('cut'), readFileSync(digits).subarray(0, 5000));
  cpSync(digits, version('extension', 'model.onnx'));
  for (const file of ['a.mindir', 'b.mindir']) cpSync(digits, version('two', file));
  for (const name of ['outside', 'anchors', 'pipeconfig', 'huge']) cpSync(digits, version(name));
  config('outside', 'model: {model_file: ../../good/1/model.mindir}\n');
  config('anchors', 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n');
  config('huge', 'model: {max_memory: 1MiB}\nbatching: {max_batch: 4096, buckets: [4096]}\n');
  execFileSync('mkfifo', [path.join(place.repository, 'pipeconfig', 'servable_config.yaml')]);
  server = await ServerProcess.start(place, { environment: { MINDIRD_ADDON: nativeAddon } });
});

after(async () => {
  await server.close();
  place.close();
});

const image = {
  model_name: 'good',
  inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 1, 32, 32] }],
  raw_input_contents: [Buffer.alloc(4096)],
};

/** Fails when the good servable does not answer. */
async function alive(): Promise<void> {
  const client = new TestClient(server.grpcAddress);
  await client.call('inference.ModelInfer', image, { timeoutMs: patienceMs });
  client.close();
}

test('hostile: every broken servable is refused with its place beside a good one', async () => {
  const reasons = new Map(server.logged('model.failed').map((line) => [line['model'], String(line['error'])]));
  for (const [name, reason] of Object.entries(broken)) assert.match(reasons.get(name) ?? '', reason, name);
  assert.equal(reasons.has('good'), false);
  await alive();
});

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Sends bytes to the gRPC port and goes away. */
function send(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const [host = '', port = ''] = server.grpcAddress.split(':');
    const socket = connect(Number(port), host, () => socket.write(bytes, () => setTimeout(() => socket.destroy(), 20)));
    socket.on('error', () => {});
    socket.once('close', () => resolve());
  });
}

test('hostile: garbage, broken headers and resets on the port leave the server as it was', async () => {
  const opened = Buffer.concat([preface, frame(4, 0, 0, Buffer.alloc(0))]);
  const headers = Buffer.from('838604012f010178', 'hex');
  const resets = Array.from({ length: 2000 }, (_, i) =>
    Buffer.concat([frame(1, 4, 2 * i + 1, headers), frame(3, 0, 2 * i + 1, Buffer.from([0, 0, 0, 8]))]),
  );
  const attacks = [
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.alloc(3000, 0x5a),
    Buffer.concat([preface, Buffer.alloc(3000, 0xff)]),
    Buffer.concat([opened, frame(1, 4, 1, Buffer.alloc(100, 0xff))]),
    Buffer.concat([opened, ...resets]),
  ];
  for (const attack of attacks) await Promise.all([send(attack), send(attack)]);
  await alive();
});

test('hostile: a message over the limit is refused by the name of the limit', async () => {
  const client = new TestClient(server.grpcAddress);
  const message = { ...image, raw_input_contents: [Buffer.alloc(101 * 2 ** 20)] };
  await assert.rejects(client.call('inference.ModelInfer', message), (error: { code?: number; details?: string }) => {
    assert.equal(error.code, 8);
    assert.match(error.details ?? '', /the limit is 104857600 bytes \(100 MiB, server\.max_message\)/);
    return true;
  });
  client.close();
  await alive();
});

test('hostile: requests cancelled at any moment leave nothing behind', async () => {
  const client = new TestClient(server.grpcAddress);
  const calls = Array.from({ length: 200 }, (_, i) => {
    let cancel = (): void => {};
    const call = client
      .call('inference.ModelInfer', image, { timeoutMs: patienceMs, cancelled: (f) => (cancel = f) })
      .then(
        () => 0,
        (error: { code: number }) => error.code,
      );
    setTimeout(cancel, i % 10);
    return call;
  });
  const codes = new Set(await Promise.all(calls));
  assert.ok(
    [...codes].every((code) => code === 0 || code === 1),
    [...codes].join(' '),
  );
  await until(
    async () => (await server.metrics()).get('mindird_requests_in_flight{model="good",version="1"}') === 0,
    'an idle server',
  );
  client.close();
  await alive();
});

test('hostile: whatever lies in the cache folder, the next start serves', async () => {
  const cache = path.join(place.folder, 'cache');
  server.signal('SIGTERM');
  assert.equal(await server.exited(), 0);
  const entries = readdirSync(cache).filter((name) => name.endsWith('.cpu'));
  assert.ok(entries.length > 0);
  entries.forEach((name, i) => {
    const file = path.join(cache, name);
    rmSync(file);
    if (i % 3 === 0) execFileSync('mkfifo', [file]);
    else if (i % 3 === 1) symlinkSync('/dev/zero', file);
    else writeFileSync(file, 'garbage');
  });
  await server.close();
  server = await ServerProcess.start(place, { environment: { MINDIRD_ADDON: nativeAddon } });
  assert.ok(server.logged('engine.cache.invalid').length > 0);
  await alive();
});
