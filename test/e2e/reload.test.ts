// SIGHUP: all or nothing.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { doublingModel } from '../../server/native/fake-file.ts';
import { double, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

let place: Workplace;
let server: ServerProcess | undefined;
beforeEach(() => {
  place = new Workplace();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  place.close();
});

async function metric(name: string): Promise<number | undefined> {
  return (await server?.metrics())?.get(name);
}

async function start(text: string): Promise<ServerProcess> {
  const file = place.put('m.yaml', text);
  server = await ServerProcess.start(place, { args: ['--config', file] });
  return server;
}

test('reload: what a reload can change is changed', async () => {
  place.model('m', 1);
  place.model('m', 2);
  const own = await start('log: {level: warn}\nrepository: {keep_versions: 1}\n');
  assert.match(own.readyLine, /1 model version\n/);
  place.put('m.yaml', 'log: {level: info}\nrepository: {keep_versions: 2}\n');
  own.signal('SIGHUP');
  await until(() => own.logged('config.reloaded').length === 1, 'the reload');
  assert.equal(own.logged('config.reloaded')[0]?.['key'], 'repository.keep_versions,log.level');
  await until(() => own.logged('model.ready').length === 1, 'version 1');
  assert.equal((await double(own.client(), 'm', [1, 2], '1')).version, '1');
  assert.equal(await metric('mindird_config_last_reload_success'), 1);
});

test('reload: a wrong file leaves everything in place and says so', async () => {
  place.model('m', 1);
  const own = await start('log: {level: info}\n');
  assert.equal(await metric('mindird_config_last_reload_success'), 1);
  place.put('m.yaml', 'log: {level: info}\nrepository:\n  keep_versions: none\n');
  own.signal('SIGHUP');
  await until(() => own.logged('config.rejected').length === 1, 'the refusal');
  const [line] = own.logged('config.rejected');
  assert.equal(line?.['line'], 3);
  assert.equal(line?.['key'], 'repository.keep_versions');
  assert.equal(await metric('mindird_config_last_reload_success'), 0);
  assert.equal((await double(own.client(), 'm', [1, 2])).version, '1');
  place.put('m.yaml', 'log: {level: info}\n');
  own.signal('SIGHUP');
  await until(() => own.logged('config.reloaded').length === 1, 'the reload');
  assert.equal(await metric('mindird_config_last_reload_success'), 1);
});

test('reload: a field that needs a restart refuses the whole reload', async () => {
  const own = await start('server: {max_message: 1MiB}\n');
  place.put('m.yaml', 'server: {max_message: 2MiB, drain_timeout: 1s}\n');
  own.signal('SIGHUP');
  await until(() => own.logged('config.rejected').length === 1, 'the refusal');
  assert.equal(
    own.logged('config.rejected')[0]?.['error'],
    'a reload cannot change server.max_message from 1048576 to 2097152; restart the server',
  );
});

test('reload: another repository takes over, a missing one is refused', async () => {
  place.model('m', 1);
  place.put('other/n/1/model.mindir', JSON.stringify(doublingModel([-1, 2])));
  const file = place.put('m.yaml', 'repository: {path: servables}\n');
  server = await ServerProcess.start(place, { args: ['--config', file], noRepository: true });
  const own = server;
  place.put('m.yaml', 'repository: {path: missing}\n');
  own.signal('SIGHUP');
  await until(() => own.logged('config.rejected').length === 1, 'the refusal');
  assert.equal(
    own.logged('config.rejected')[0]?.['error'],
    `repository ${place.folder}/missing: no such file or folder`,
  );
  assert.equal((await double(own.client(), 'm', [1, 2])).version, '1');
  place.put('m.yaml', 'repository: {path: other}\n');
  own.signal('SIGHUP');
  await until(() => own.logged('model.unloaded').length === 1, 'the end of m');
  await until(() => own.logged('model.ready').some((line) => line['model'] === 'n'), 'n');
  assert.equal((await double(own.client(), 'n', [1, 2])).version, '1');
});
