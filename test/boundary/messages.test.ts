// Messages of every size over a few connections, many at a time, some given up in the middle, with memory that is used again and reads
// that are freed at once: every reply must be the bytes that were sent.

import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { test } from 'node:test';
import { doublingModel } from '../../server/native/fake-file.ts';
import { methodOf } from '../../server/protocol/protos.ts';
import { FakeServer } from '../support/fake-server.ts';
import { generator } from '../support/generator.ts';
import { until } from '../support/until.ts';
import { openSession } from './addon-session.ts';

const session = openSession();
const PATH = '/inference.GRPCInferenceService/ModelInfer';
const infer = methodOf('inference.GRPCInferenceService', 'ModelInfer');
const REQUESTS = 1500;
const AT_ONCE = 24;

/** Sizes of what clients send: many small ones, images, and some of megabytes. */
function elementsOf(random: (below: number) => number): number {
  const kind = random(10);
  if (kind < 4) return 1 + random(200);
  if (kind < 7) return 1 + random(20_000);
  return kind < 9 ? 100_000 + random(100_000) : 300_000 + random(400_000);
}

function tensorOf(elements: number, random: (below: number) => number): Buffer {
  const words = new Uint32Array(elements);
  const seed = random(2 ** 31);
  for (let i = 0; i < elements; i++) words[i] = seed + i * 2_654_435_761;
  return Buffer.from(words.buffer);
}

function framed(tensor: Buffer): Buffer {
  const message = infer.requestSerialize({
    model_name: 'm',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [tensor.length / 4] }],
    raw_input_contents: [tensor],
  });
  const head = Buffer.from([0, 0, 0, 0, 0]);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Sends a request in pieces; the reply's message, or undefined when it was given up. */
function ask(
  client: ClientHttp2Session,
  frame: Buffer,
  random: (below: number) => number,
): Promise<Buffer | undefined> {
  const stream: ClientHttp2Stream = client.request({
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const pieces: Buffer[] = [];
  const givenUp = random(12) === 0;
  stream.on('error', () => {});
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  const cut = random(frame.length);
  stream.write(frame.subarray(0, cut));
  if (givenUp) {
    setImmediate(() => stream.close(8));
    return new Promise((resolve) => stream.once('close', () => resolve(undefined)));
  }
  stream.end(frame.subarray(cut));
  return new Promise((resolve) => stream.once('close', () => resolve(Buffer.concat(pieces).subarray(5))));
}

test('messages: every reply is what was sent', { timeout: 300_000 }, async () => {
  const freed = { reads: 0 };
  const server = new FakeServer({
    maxConnectionBytes: 2 ** 30,
    detach: (buffers) => {
      freed.reads += buffers.length;
      session.addon.detach(buffers);
    },
  });
  await server.models.add('m', doublingModel([-1], { compute: 'copy' }), { maxBatch: 1 });
  const url = `http://${await server.start()}`;
  const clients = [connect(url), connect(url), connect(url)];
  const random = generator(20_261_129);
  let answered = 0;
  let left = REQUESTS;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const tensor = tensorOf(elementsOf(random), random);
      const message = await ask(clients[random(clients.length)] as ClientHttp2Session, framed(tensor), random);
      if (message === undefined) continue;
      const { raw_output_contents: raw } = infer.responseDeserialize(message) as { raw_output_contents: Buffer[] };
      assert.ok(raw[0]?.equals(tensor), `the reply to ${tensor.length} bytes differs`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  assert.ok(answered > REQUESTS * 0.8, `${answered} answered`);
  assert.ok(freed.reads > 1000, `${freed.reads} reads freed`);
  for (const client of clients) client.destroy();
  await until(() => server.grpc.calls === 0 && server.grpc.bytesInFlight === 0, 'nothing is held');
  assert.equal(server.ends.length, REQUESTS);
  server.stop();
});
