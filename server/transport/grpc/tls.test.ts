// TLS of the gRPC port, over fake models: who gets in, who does not, and what is told of the latter.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Authority, contentsOf, type Issued } from '../../../test/support/authority.ts';
import { FakeServer } from '../../../test/support/fake-server.ts';
import { TestClient } from '../../../test/support/grpc-client.ts';
import { until } from '../../../test/support/until.ts';
import { doublingModel } from '../../native/fake-file.ts';
import { Certificates } from '../tls/certificates.ts';

const authority = new Authority();
const stranger = new Authority('another authority');
const folder = mkdtempSync(path.join(tmpdir(), 'mindird-tls-'));
const files: Issued = { certificate: path.join(folder, 'tls.crt'), key: path.join(folder, 'tls.key') };
const renewed = authority.issue('renewed');
const caller = contentsOf(authority.issue('caller'));
const ca = readFileSync(authority.certificate);

function use({ certificate, key }: Issued): void {
  copyFileSync(certificate, files.certificate);
  copyFileSync(key, files.key);
}

use(authority.issue('server'));
const observer = { loaded: () => undefined, refused: () => undefined };
const certificates = new Certificates(
  { ...files, clientCa: authority.certificate, minVersion: 'TLSv1.3', pollMs: 60_000 },
  observer,
);
/** What the server says nobody uses any more is gone at once. */
const detach = (buffers: readonly ArrayBuffer[]): void => {
  structuredClone(null, { transfer: [...buffers] });
};
let server: FakeServer;
let address = '';

before(async () => {
  await certificates.load();
  server = new FakeServer({ addresses: ['127.0.0.1:0', `unix:${folder}/s`], tls: certificates, detach });
  await server.models.add('m', doublingModel([-1], { compute: 'copy' }));
  address = await server.start();
});

after(() => {
  server.stop();
  for (const own of [authority, stranger]) own.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A request of so many numbers. */
const ask = (count: number, fill = 1): object => ({
  model_name: 'm',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [count] }],
  raw_input_contents: [Buffer.alloc(4 * count, fill)],
});

type Reply = { readonly raw_output_contents: readonly Buffer[] };

test('tls: a client with a certificate is served, in messages of every size', async () => {
  const client = new TestClient(address, {}, { ca, ...caller });
  for (const count of [1, 100_000, 2 ** 20]) {
    const { reply } = await client.call<Reply>('inference.ModelInfer', ask(count, count % 251));
    assert.ok(reply.raw_output_contents[0]?.equals(Buffer.alloc(4 * count, count % 251)), `${count} numbers`);
  }
  const { reply } = await client.call<{ status: string }>('health.Check', { service: '' });
  assert.equal(reply.status, 'SERVING');
  client.close();
  await until(() => server.grpc.bytesInFlight === 0, 'bytes given back');
});

test('tls: a socket of the file system stays plain', async () => {
  const client = new TestClient(`unix:${folder}/s`);
  await client.call('inference.ModelInfer', ask(1));
  client.close();
});

/** What a client that shakes hands in this way is told; resolves when the connection is gone. */
async function shake(options: object): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  const socket: TLSSocket = connectTls({ host, port: Number(port), ca, ALPNProtocols: ['h2'], ...options });
  let said = '';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    said ||= error.code ?? error.message;
  });
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  return said;
}

/** Runs it, and gives the event and the reason it leaves behind. */
async function refusal(run: () => Promise<unknown>): Promise<readonly [string | undefined, string]> {
  const known = server.refusals.length;
  await run();
  await until(() => server.refusals.length > known, 'the refusal is told');
  const event = server.connections.findLast((name) => name !== 'opened');
  return [event, server.refusals.at(-1) ?? ''];
}

test('tls: who is refused is told by reason', async () => {
  const expired = contentsOf(authority.issue('late', -1));
  const strange = contentsOf(stranger.issue('strange'));
  const cases: readonly [object, RegExp][] = [
    [{}, /^the client was refused: it showed no certificate, tls\.client_ca wants one$/],
    [expired, /^the client was refused: its certificate has expired$/],
    [strange, /^the client was refused: no authority of tls\.client_ca signed its certificate$/],
    [{ ...caller, maxVersion: 'TLSv1.2' }, /^the TLS handshake failed: ERR_SSL_UNSUPPORTED_PROTOCOL$/],
    [{ ...caller, ALPNProtocols: ['http/1.1'] }, /ALPN|ERR_SSL_NO_APPLICATION_PROTOCOL/],
    [{ ...caller, ALPNProtocols: undefined }, /^the client does not offer HTTP\/2 \(ALPN h2\)$/],
  ];
  for (const [options, reason] of cases) {
    const [event, said] = await refusal(() => shake(options));
    assert.match(said, reason);
    assert.equal(event, 'tls_failed', said);
  }
});

test('tls: a client that speaks plain text is told of as such', async () => {
  for (const hello of ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n']) {
    const [event, said] = await refusal(async () => {
      const socket = connectSocket(Number(address.split(':')[1]), '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      socket.write(hello);
      await new Promise((resolve) => socket.once('close', resolve));
    });
    assert.equal(event, 'plain_text', said);
    assert.match(said, /^the client speaks plain text, this port wants TLS \(section tls\)$/);
  }
  await until(() => server.grpc.connections === 0, 'refused connections are counted out');
});

/** The common name a new connection is shown. */
function shownName(): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${address}`, { ca, ...caller }, (_session, socket) => {
      resolve(String((socket as TLSSocket).getPeerCertificate().subject.CN));
      session.destroy();
    });
    session.once('error', reject);
  });
}

test('tls: a renewed certificate is shown to new connections, and open ones stay', async () => {
  const client = new TestClient(address, {}, { ca, ...caller });
  await client.call('inference.ModelInfer', ask(1));
  const { length } = server.connections.filter((event) => event === 'opened');
  assert.equal(await shownName(), 'server');
  use(renewed);
  await certificates.look();
  assert.equal(await shownName(), 'renewed');
  await client.call('inference.ModelInfer', ask(1));
  assert.equal(server.connections.filter((event) => event === 'opened').length, length + 2);
  const [event] = await refusal(() => shake({}));
  assert.equal(event, 'tls_failed');
  client.close();
});

test('tls: the rehearsal needs no certificate', async () => {
  let calls = 0;
  const opened = server.connections.length;
  await server.grpc.rehearse(
    {
      path: '/rehearsal/Call',
      exchange: (_message, call) => {
        calls += 1;
        call.reply(Buffer.alloc(0));
        call.release();
      },
    },
    Buffer.alloc(10),
  );
  assert.equal(calls, 24);
  assert.equal(server.connections.length, opened);
});
