// A real server process with certificates and keys: both ports, what changes while it runs, what cannot be used, and what is told of it.

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import { InferenceClient } from '../../server/cli/client/open-inference.ts';
import { methodOf } from '../../server/protocol/protos.ts';
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
  const bench = (...args: readonly string[]): ReturnType<typeof runToEnd> =>
    runToEnd(['bench', server.grpcAddress, 'double', '--shape', 'x=1,2', '--requests', '2', '--warm-up', '0', ...args]);
  const trusting = bench('--ca', authority.certificate);
  assert.deepEqual([trusting.code, trusting.err.includes('Warning')], [0, false], trusting.err);
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
  use(authority.issue('elsewhere', 10, 'DNS:elsewhere'));
  await until(() => server.logged('tls.loaded').length === 3, 'the certificate of another server');
  const misled = new InferenceClient(server.grpcAddress, { ca: authority.certificate });
  await assert.rejects(
    misled.serverMetadata().finally(() => misled.close()),
    /127\.0\.0\.1 is not in the cert/,
  );
});

test('keys: those of a changed file hold at once, and none is ever told', async (context) => {
  const place = new Workplace();
  context.after(() => place.close());
  place.model('double', 1);
  const made = (name: string, ...args: readonly string[]): { readonly key: string; readonly entry: string } => {
    const { code, out, err } = runToEnd(['key', name, '--json', ...args]);
    assert.equal(code, 0, err);
    return JSON.parse(out) as { key: string; entry: string };
  };
  const [caller, ops] = [made('caller'), made('ops', '--calls', 'admin,metrics')];
  place.put('keys.yaml', `keys:\n${caller.entry}${ops.entry}`);
  const recorded = { model_name: 'double', inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2] }] };
  const message = { ...recorded, raw_input_contents: [Buffer.alloc(8)] };
  const { requestSerialize } = methodOf('inference.GRPCInferenceService', 'ModelInfer');
  place.put('servables/double/1/warmup/a.pb', requestSerialize(message));
  const file = place.put('mindird.yaml', 'access:\n  keys: keys.yaml\n  poll: 50ms\n');
  const server = await ServerProcess.start(place, { args: ['--config', file] });
  context.after(() => server.close());
  await until(() => server.logged('model.warmed').length === 1, 'the recorded request');
  const client = server.client();
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${caller.key}`);
  const ask = (): Promise<unknown> => double(client, 'double', [1, 2], '', { metadata });
  await ask();
  const keyFile = ['--key-file', place.put('caller.key', `${caller.key}\n`)];
  const bench = ['bench', server.grpcAddress, 'double', '--shape', 'x=1,2', '--requests', '1', '--warm-up', '0'];
  assert.equal(runToEnd([...bench, ...keyFile]).code, 0);
  assert.match(runToEnd(bench).err, /UNAUTHENTICATED: no key/);
  await assert.rejects(double(client, 'double', [1, 2]), /UNAUTHENTICATED/);
  const scraped = await fetch(`${server.httpUrl}/metrics`, { headers: { 'x-api-key': ops.key } });
  assert.match(
    await scraped.text(),
    /^mindird_calls_total\{method="inference.GRPCInferenceService\/ModelInfer",code="UNAUTHENTICATED"\} 1$/m,
  );
  for (const [path, key, status] of [
    ['/metrics', caller.key, 403],
    ['/metrics', '', 401],
    ['/readyz', '', 200],
    ['/status.json', ops.key, 403],
    ['/log-level', '', 401],
  ] as const) {
    const headers: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${key}` };
    assert.equal((await fetch(`${server.httpUrl}${path}`, { headers })).status, status, path);
  }
  const level = (key: string): Promise<Response> =>
    fetch(`${server.httpUrl}/log-level`, {
      method: 'PUT',
      body: '{"level":"debug"}',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
  assert.deepEqual([(await level(caller.key)).status, (await level(ops.key)).status], [403, 200]);
  writeFileSync(place.path('keys.yaml'), 'keys: [what]\n');
  await until(() => server.logged('access.refused').length === 1, 'the refusal');
  await ask();
  writeFileSync(place.path('keys.yaml'), `keys:\n${ops.entry}`);
  await until(() => server.logged('access.loaded').length === 2, 'the other keys');
  await assert.rejects(ask(), /UNAUTHENTICATED: the key is not known/);
  const log = JSON.stringify(server.lines);
  for (const { key } of [caller, ops]) assert.ok(!log.includes(key.slice(8)), 'a key was logged');
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
