import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { Authority, type Issued } from '../../../test/support/authority.ts';
import { type CertificateFacts, Certificates } from './certificates.ts';

const authority = new Authority();
const first = authority.issue('first');
const second = authority.issue('second');
const expired = authority.issue('expired', -1);
const used: Issued = {
  certificate: path.join(authority.folder, 'tls.crt'),
  key: path.join(authority.folder, 'tls.key'),
};
after(() => authority.remove());

function use({ certificate, key }: Issued): void {
  copyFileSync(certificate, used.certificate);
  copyFileSync(key, used.key);
}

const loaded: CertificateFacts[] = [];
const refused: string[] = [];

function certificates(files: Issued, clientCa: string | null = null): Certificates {
  return new Certificates(
    { ...files, clientCa, minVersion: 'TLSv1.2', pollMs: 60_000 },
    { loaded: (facts) => loaded.push(facts), refused: (error) => refused.push(error.message) },
  );
}

test('certificates: another one is taken, a bad one leaves the one before in place', async () => {
  use(first);
  const own = certificates(used, authority.certificate);
  await own.load();
  const told: unknown[] = [];
  own.onChange((context) => told.push(context));
  const before = own.context;
  for (const bad of [expired, { ...second, key: first.key }, { ...second, certificate: first.key }]) {
    use(bad);
    for (let look = 0; look < 3; look++) await own.look();
  }
  assert.match(refused[0] ?? '', /tls\.crt: expired on /);
  assert.match(refused[1] ?? '', /tls\.key: does not go with .*tls\.crt: .*key values mismatch/);
  assert.match(refused[2] ?? '', /tls\.crt: holds no certificate, want PEM/);
  assert.equal(refused.length, 3);
  assert.equal(own.context, before);
  use(second);
  await own.look();
  assert.deepEqual(told, [own.context]);
  assert.equal(loaded.length, 2);
  assert.notEqual(loaded[0]?.fingerprint, loaded[1]?.fingerprint);
  const days = ((loaded[1]?.endsAt ?? 0) - Date.now()) / 86_400_000;
  assert.ok(days > 29 && days <= 30, `${days} days`);
});

test('certificates: files that cannot be used at the start are refused by name', async () => {
  const text = path.join(authority.folder, 'text');
  writeFileSync(text, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  const refusals: readonly [Issued, string | null, RegExp][] = [
    [expired, null, /^ServingError: .*expired\.pem: expired on /],
    [{ ...first, key: second.key }, null, /^ServingError: .*second\.key: does not go with .*first\.pem/],
    [{ ...first, key: text }, null, /^ServingError: .*text: does not go with/],
    [{ ...first, certificate: text }, null, /^ServingError: .*text: holds a certificate that cannot be read/],
    [first, first.key, /^ServingError: .*first\.key: holds no certificate/],
    [{ ...first, key: `${first.key}.none` }, null, /^ServingError: tls: ENOENT.*first\.key\.none/],
  ];
  for (const [files, clientCa, message] of refusals)
    await assert.rejects(certificates(files, clientCa).load(), message);
});
