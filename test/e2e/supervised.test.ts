// What runs a server for others: systemd, and containers with users that no list knows.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { double, fakeAddon, program, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

/** Of no user, in the group that OpenShift gives such. Only root can take it; others try with themselves. */
const nobody =
  process.getuid?.() === 0 ? { uid: 54_321, gid: 0 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

describe('a supervised server', () => {
  let place: Workplace;
  before(() => {
    place = new Workplace();
    place.model('m', 1);
    chmodSync(place.folder, 0o755);
  });
  after(() => place.close());

  it('a user without an entry and a home is served, with a cache where one is named and without it where not', async () => {
    const cache = place.path('cache');
    mkdirSync(cache);
    chownSync(cache, 0, nobody.gid);
    chmodSync(cache, 0o770);
    const bare = place.put('bare.sh', `#!/bin/sh\nunset HOME XDG_CACHE_HOME\nexec "${program}" "$@"\n`);
    chmodSync(bare, 0o755);
    const environment = { MINDIRD_ADDON: fakeAddon, NODE_COMPILE_CACHE: '' };
    const server = await ServerProcess.start(place, { command: bare, environment, user: nobody });
    try {
      assert.deepEqual((await double(server.client(), 'm', [1, 2])).values, [2, 4]);
      assert.deepEqual(server.logged('cache.off'), []);
    } finally {
      await server.close();
    }
    const homeless = await ServerProcess.start(place, { command: bare, environment, user: nobody, noCache: true });
    try {
      const [line] = homeless.logged('cache.off');
      if (nobody.uid === 54_321)
        assert.match(String(line?.['error']), /^the user has no home folder, and neither cache\.path nor /);
    } finally {
      await homeless.close();
    }
  });

  it('a model that may not be read is tried again when its permission is mended', async () => {
    const other = new Workplace();
    other.model('p', 1);
    chmodSync(other.folder, 0o755);
    const file = other.path('servables/p/1/model.mindir');
    chmodSync(file, 0);
    const server = await ServerProcess.start(other, { user: nobody, noCache: true });
    try {
      assert.equal(server.logged('model.failed').length, 1);
      chmodSync(file, 0o444);
      await until(() => server.logged('model.ready').length === 1, 'the model');
      assert.deepEqual((await double(server.client(), 'p', [1, 2])).values, [2, 4]);
    } finally {
      await server.close();
      other.close();
    }
  });

  it('systemd is told when the server is ready and when it stops', async () => {
    const said = place.path('said');
    const script = place.put('bin/systemd-notify', `#!/bin/sh\necho "$@" >> ${said}\n`);
    chmodSync(script, 0o755);
    const environment = { NOTIFY_SOCKET: '/none', PATH: `${path.dirname(script)}:${process.env['PATH']}` };
    const server = await ServerProcess.start(place, { environment });
    const lines = (): readonly string[] => {
      try {
        return readFileSync(said, 'utf8').trimEnd().split('\n');
      } catch {
        return [];
      }
    };
    try {
      await until(() => lines().length === 1, 'word of being ready');
      server.signal('SIGTERM');
      assert.equal(await server.exited(), 0);
      await until(() => lines().length === 2, 'word of stopping');
      assert.deepEqual(lines(), [
        `--pid=${server.pid} --ready --status=ready`,
        `--pid=${server.pid} STOPPING=1 --status=draining`,
      ]);
    } finally {
      await server.close();
    }
  });

  it('where systemd cannot be told the log says so, and the server goes on', async () => {
    const script = place.put('broken/systemd-notify', '#!/bin/sh\nexit 3\n');
    chmodSync(script, 0o755);
    const environment = { NOTIFY_SOCKET: '/none', PATH: `${path.dirname(script)}:${process.env['PATH']}` };
    const server = await ServerProcess.start(place, { environment });
    try {
      await until(() => server.logged('systemd.unreachable').length === 1, 'the warning');
      assert.equal(server.logged('systemd.unreachable')[0]?.['error'], 'systemd-notify: ended with 3');
      assert.deepEqual((await double(server.client(), 'm', [3, 4])).values, [6, 8]);
    } finally {
      await server.close();
    }
  });

  it('an empty repository is not ready until it is told to be, or holds a model', async () => {
    const empty = new Workplace();
    const server = await ServerProcess.start(empty);
    try {
      const status = async (): Promise<number> => (await fetch(`${server.httpUrl}/readyz`)).status;
      assert.equal(await status(), 503);
      empty.put('mindird.yaml', 'readiness: {require: none}\n');
      server.signal('SIGHUP');
      await until(async () => (await status()) === 200, 'readiness by the new configuration');
      empty.remove('mindird.yaml');
      server.signal('SIGHUP');
      await until(async () => (await status()) === 503, 'the default again');
      empty.model('m', 1);
      await until(async () => (await status()) === 200, 'readiness by a model');
    } finally {
      await server.close();
      empty.close();
    }
  });
});
