// A real server process with certificates: both ports, a renewal, one that cannot be used, and what is told of it.

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { test } from 'node:test';
import { Authority, type Issued } from '../support/authority.ts';
import { TestClient } from '../support/grpc-client.ts';
import { double, runToEnd, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

test('tls: certificates are renewed while the server runs, and a bad one changes nothing', async (context) => {
  const place = new Workplace();
  const authority = new Authority();
  context.after(() => {
    place.close();
    authority.remove();
  });
  const use = ({ certificate, key }: Issued): void => {
    copyFileSync(certificate, place.path('tls.crt'));
    copyFileSync(key, place.path('tls.key'));
  };
  place.model('double', 1);
  const file = place.put('mindird.yaml', 'tls:\n  certificate: tls.crt\n  key: tls.key\n  poll: 50ms\n');
  use(authority.issue('late', -1));
  const refused = runToEnd(['serve', '--config', file, '--repository', place.repository, '--grpc', '127.0.0.1:0']);
  assert.equal(refused.code, 78);
  assert.match(refused.err, /tls\.crt: expired on /);
  use(authority.issue('first'));
  const server = await ServerProcess.start(place, { args: ['--config', file] });
  context.after(() => server.close());
  const ca = readFileSync(authority.certificate);
  const client = new TestClient(server.grpcAddress, {}, { ca });
  context.after(() => client.close());
  assert.deepEqual((await double(client, 'double', [1, 2])).values, [2, 4]);
  const counted = async (result: string): Promise<number> => {
    const [, value] =
      new RegExp(`^mindird_tls_certificate_reads_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(
        await scrape(server, ca),
      ) ?? [];
    return Number(value);
  };
  const before = /^mindird_tls_certificate_end_timestamp_seconds\{fingerprint="[^"]+"\} \d+$/m;
  const [first = ''] = before.exec(await scrape(server, ca)) ?? [];
  assert.notEqual(first, '');
  use({ ...authority.issue('second'), certificate: authority.issue('third').certificate });
  await until(() => server.logged('tls.refused').length === 1, 'the refusal');
  assert.match(String(server.logged('tls.refused')[0]?.['error']), /the certificate before stays in use$/);
  assert.deepEqual([await counted('loaded'), await counted('refused')], [1, 1]);
  use(authority.issue('fourth', 10));
  await until(() => server.logged('tls.loaded').length === 2, 'the renewal');
  assert.deepEqual([await counted('loaded'), await counted('refused')], [2, 1]);
  assert.notEqual(before.exec(await scrape(server, ca))?.[0], first);
  const plain = server.client();
  await assert.rejects(double(plain, 'double', [1, 2]));
  const [line] = server.logged('connection.plain_text');
  assert.match(String(line?.['error']), /^the client speaks plain text, this port wants TLS/);
  assert.match(await scrape(server, ca), /^mindird_connection_events_total\{event="plain_text"\} [1-9]/m);
});

function scrape(server: ServerProcess, ca: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(`${server.httpUrl.replace('http:', 'https:')}/metrics`, { ca, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject);
    asked.end();
  });
}
