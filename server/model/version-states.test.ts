import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type Fixture, fixture } from '../../test/support/fake-manager.ts';
import { until } from '../../test/support/until.ts';
import { VersionControl } from './version-control.ts';
import { VersionStates } from './version-states.ts';

const root = mkdtempSync(path.join(tmpdir(), 'mindird-states-'));
after(() => rmSync(root, { recursive: true, force: true }));

const quiet = { info: (): void => undefined };
const never = (error: Error): never => assert.fail(error.message);
const three = { m: [{ version: 1 }, { version: 2 }, { version: 3 }] };

/** A server over a file, with three versions. */
async function started(file: string, config = ''): Promise<Fixture & { readonly control: VersionControl }> {
  const states = new VersionStates(file, never);
  const own = fixture(1, {}, undefined, states);
  for (const version of [1, 2, 3]) own.file(`/m/${version}/a`);
  own.manager.apply(own.scan(three, config), new Set());
  await until(() => own.manager.settled(), 'the end of start-up');
  return { ...own, control: new VersionControl(own.manager, quiet, states) };
}

test('state file: what calls set outlives a restart, and ends with the section it was set under', async () => {
  const file = path.join(root, 'state.json');
  const first = await started(file);
  assert.equal(existsSync(file), false, 'nothing was set');
  await first.control.label('m', { stable: 1, canary: 2 }, { stable: 3, canary: 1 });
  await first.control.label('m', { stable: 2 }, {});
  await first.manager.stop();
  const second = await started(file);
  assert.deepEqual(second.control.settings('m').labels, { stable: 2 });
  assert.equal(second.manager.lease('m', 'stable').model.version, '2');
  const { labels, split } = await second.control.rollback('m');
  assert.deepEqual(
    [labels, split],
    [
      { stable: 1, canary: 2 },
      { stable: 3, canary: 1 },
    ],
  );
  const third = await started(file, 'batching: {max_batch: 2}\n');
  assert.deepEqual(third.control.settings('m').labels, { stable: 1, canary: 2 }, 'another section changed');
  const fourth = await started(file, 'versions: {labels: [stable=3]}\n');
  assert.deepEqual(fourth.control.settings('m').labels, { stable: 3 });
  await until(() => !readFileSync(file, 'utf8').includes('canary'), 'the end of what was set');
  assert.deepEqual(readdirSync(root), ['state.json']);
});

test('state file: a rollback without labels outlives a restart, until there is a higher version', async () => {
  const file = path.join(root, 'pinned.json');
  const first = await started(file);
  await first.control.rollback('m');
  const second = await started(file);
  assert.equal(second.manager.lease('m', '').model.version, '2');
  second.file('/m/4/a');
  const { servables, ...rest } = second.scan({ m: [...three.m, { version: 4 }] });
  second.manager.apply({ ...rest, servables }, new Set());
  await until(
    () => second.manager.versionsOf('m').some(({ version, state }) => version === '4' && state === 'ready'),
    'version 4',
  );
  await until(() => !readFileSync(file, 'utf8').includes('"highest"'), 'the end of what was set');
  const third = await started(file);
  assert.equal(third.manager.lease('m', '').model.version, '3');
});

test('state file: one that is damaged or cannot be written is refused with its place', async () => {
  const refused = (text: string | Buffer, message: RegExp): void => {
    const file = path.join(root, 'bad.json');
    writeFileSync(file, text);
    assert.throws(() => new VersionStates(file, never), { code: 'INVALID_CONFIG', message });
    rmSync(file);
  };
  const whole = (own: string): string => `{"format":1,"servables":{"m":${own}}}`;
  refused('{"format":1,', /^repository\.state_file: .*bad\.json: is damaged: .*JSON/);
  refused('', /is damaged/);
  refused('{"format":2,"servables":{}}', /is damaged: format: /);
  refused(
    whole('{"versions":"","labelling":{"labels":{"a":"x"},"split":{}},"before":null,"pinned":null}'),
    /is damaged: servables\.m\.labelling\.labels\.a: /,
  );
  refused(
    whole('{"versions":"","labelling":null,"before":null,"pinned":{"version":0,"highest":1}}'),
    /servables\.m\.pinned\.version: /,
  );
  refused(Buffer.from([0xff, 0xfe]), /is not UTF-8/);
  assert.throws(
    () => new VersionStates(path.join(root, 'none', 'state.json'), never),
    /its folder: no such file or folder/,
  );
  assert.throws(() => new VersionStates(root, never), { code: 'INVALID_CONFIG' });
  const failures: string[] = [];
  const states = new VersionStates(path.join(root, 'kept.json'), (error) => failures.push(error.message));
  const own = fixture(1, {}, undefined, states);
  for (const version of [1, 2, 3]) own.file(`/m/${version}/a`);
  own.manager.apply(own.scan(three), new Set());
  await until(() => own.manager.settled(), 'the end of start-up');
  rmSync(root, { recursive: true });
  const control = new VersionControl(own.manager, quiet, states);
  await assert.rejects(
    control.label('m', { stable: 1 }, {}),
    /it is in force, but not kept for the next start.*no such file/,
  );
  assert.deepEqual([control.settings('m').labels, failures.length], [{ stable: 1 }, 1]);
});
