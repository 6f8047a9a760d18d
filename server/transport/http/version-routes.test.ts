import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fixture } from '../../../test/support/fake-manager.ts';
import { httpOptions } from '../../../test/support/http-options.ts';
import { until } from '../../../test/support/until.ts';
import { VersionControl } from '../../model/version-control.ts';
import { HttpTransport } from './server.ts';
import { versionRoutes } from './version-routes.ts';

const { manager, scan, file } = fixture(1);
const control = new VersionControl(manager, { info: () => undefined });
const http = new HttpTransport(httpOptions(), versionRoutes(control));

before(async () => {
  for (const version of [1, 2]) file(`/m/${version}/a`);
  manager.apply(scan({ m: [{ version: 1 }, { version: 2 }] }, 'versions: {labels: [stable=1]}\n'), new Set());
  await until(() => manager.settled(), 'the end of start-up');
  await http.start();
});

after(() => http.stop());

async function ask(path: string, method = 'GET', body?: string): Promise<readonly [number, unknown]> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`http://${http.address}/v2/models/${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const { versions: _, ...told } = (await response.json()) as Record<string, unknown>;
  return [response.status, told];
}

test('version routes: labels are told, changed, and gone back from by one call', async () => {
  const before = { labels: { stable: 1 }, split: {} };
  const changed = { labels: { stable: 2, old: 1 }, split: { stable: 9, old: 1 } };
  assert.deepEqual(await ask('m/labels'), [200, before]);
  assert.deepEqual(await ask('m/labels', 'PUT', JSON.stringify(changed)), [200, changed]);
  assert.deepEqual(await ask('m/rollback', 'POST', ''), [200, before]);
  assert.deepEqual(await ask('m/labels'), [200, before]);
});

test('version routes: a version that failed is tried again by call', async () => {
  file('/late/1/a', { loadError: { code: 'INVALID_MODEL', message: 'cut off' } });
  const files = { m: [{ version: 1 }, { version: 2 }], late: [{ version: 1 }] };
  manager.apply(scan(files), new Set());
  await until(() => manager.versionsOf('late')[0]?.state === 'failed', 'the failure');
  const states = async (): Promise<readonly string[]> => {
    await ask('late/reload', 'POST', '');
    return manager.versionsOf('late').map(({ version, state }) => `${version} ${state}`);
  };
  assert.deepEqual(await states(), ['1 failed']);
  file('/late/1/a');
  assert.deepEqual(await states(), ['1 ready']);
  const { model, release } = manager.lease('late', '');
  assert.deepEqual(await states(), ['1 ready'], 'one that serves is left alone');
  assert.equal(manager.lease('late', '').model, model);
  release();
});

test('version routes: what is not understood is refused by name', async () => {
  const cases: readonly [string, string, string, number, RegExp][] = [
    ['m/labels', 'PUT', '{', 400, /^request body: is not JSON, want \{"labels"/],
    ['m/labels', 'PUT', '[]', 400, /^request body: is no object/],
    ['m/labels', 'PUT', '{"lables":{}}', 400, /^request body: "lables": unknown key/],
    ['m/labels', 'PUT', '{"labels":{"a":7}}', 400, /^labels: a: m has no version 7, known are 1, 2$/],
    ['nobody/labels', 'PUT', '{"labels":{}}', 404, /^nobody: no such servable$/],
    ['nobody/rollback', 'POST', '', 404, /^nobody: no such servable$/],
  ];
  for (const [path, method, body, status, message] of cases) {
    const [found, told] = await ask(path, method, body);
    assert.equal(found, status, `${path} ${body}`);
    assert.match(String((told as { error?: string }).error), message);
  }
});
