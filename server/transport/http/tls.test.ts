// TLS of the HTTP port: who may ask what with which certificate.

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { request as sendPlain } from 'node:http';
import { request as send } from 'node:https';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { Authority, contentsOf, type Issued } from '../../../test/support/authority.ts';
import { httpOptions } from '../../../test/support/http-options.ts';
import type { HttpPage } from '../../protocol/http-route.ts';
import { Certificates } from '../tls/certificates.ts';
import { HttpTransport } from './server.ts';

const authority = new Authority();
const stranger = new Authority('another authority');
const ca = readFileSync(authority.certificate);
const files: Issued = {
  certificate: path.join(authority.folder, 'tls.crt'),
  key: path.join(authority.folder, 'tls.key'),
};
const socketPath = path.join(authority.folder, 's');
const certificates = new Certificates(
  { ...files, clientCa: authority.certificate, minVersion: 'TLSv1.2', pollMs: 60_000 },
  { loaded: () => undefined, refused: () => undefined },
);
const route = (where: string, more: Partial<HttpPage> = {}): HttpPage => ({
  method: 'GET',
  path: where,
  handle: () => ({ status: 200, type: 'text/plain', body: where }),
  ...more,
});
const refused: string[] = [];
use(authority.issue('server'));
await certificates.load();
const http = new HttpTransport(
  httpOptions({
    admin: `unix:${socketPath}`,
    tls: { source: certificates, refused: ({ event, error }) => refused.push(`${event}: ${error}`) },
  }),
  [route('/livez', { group: 'health' }), route('/metrics')],
);

function use({ certificate, key }: Issued): void {
  copyFileSync(certificate, files.certificate);
  copyFileSync(key, files.key);
}

before(() => http.start());

after(async () => {
  await http.stop();
  for (const own of [authority, stranger]) own.remove();
});

/** Status, text and the name the server shows. */
function ask(target: string, options: object = {}): Promise<readonly [number, string, string]> {
  const [host, port] = http.address.split(':');
  return new Promise((resolve, reject) => {
    const asked = send({ host, port, path: target, ca, agent: false, ...options }, (response) => {
      const name = String((response.socket as TLSSocket).getPeerCertificate().subject.CN);
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve([response.statusCode ?? 0, text, name]));
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('http tls: health is told to all who trust the server, the rest to those with a certificate', async () => {
  assert.deepEqual(await ask('/livez'), [200, '/livez', 'server']);
  assert.deepEqual(await ask('/metrics', contentsOf(authority.issue('caller'))), [200, '/metrics', 'server']);
  const refusals: readonly [object, RegExp][] = [
    [{}, /it showed no certificate, tls\.client_ca wants one/],
    [contentsOf(authority.issue('late', -1)), /its certificate has expired/],
    [contentsOf(stranger.issue('strange')), /no authority of tls\.client_ca signed its certificate/],
  ];
  for (const [options, reason] of refusals) {
    const [status, text] = await ask('/metrics', options);
    assert.equal(status, 403);
    assert.match(text, reason);
  }
  await assert.rejects(ask('/livez', { ca: readFileSync(stranger.certificate) }), /certificate/);
});

test('http tls: a plain request is told of, and the socket of the file system stays plain', async () => {
  const [host, port] = http.address.split(':');
  const plain = (options: object): Promise<number> =>
    new Promise((resolve, reject) => {
      const asked = sendPlain({ path: '/metrics', headers: { host: 'localhost' }, ...options }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on('error', reject);
      asked.end();
    });
  await assert.rejects(plain({ host, port }));
  assert.deepEqual(
    refused.filter((text) => text.startsWith('plain_text')),
    ['plain_text: the client speaks plain text, this port wants TLS (section tls)'],
  );
  assert.equal(await plain({ socketPath }), 200);
});

test('http tls: a renewed certificate is shown', async () => {
  use(authority.issue('renewed'));
  await certificates.look();
  assert.deepEqual(await ask('/livez'), [200, '/livez', 'renewed']);
});
