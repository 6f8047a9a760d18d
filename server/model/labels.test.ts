import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from '../../test/support/fake-manager.ts';
import { until } from '../../test/support/until.ts';
import { Readiness } from '../inference/readiness.ts';
import { labellingOf, nextPoint, pointOf, versionAt } from './labels.ts';
import { VersionControl } from './version-control.ts';

const split = labellingOf(['stable=3', 'canary=4'], ['stable=95', 'canary=5']);

test('labels: points go to versions by their shares, to those that are ready', () => {
  const all = (): boolean => true;
  assert.deepEqual(
    [0, 0.94, 0.96, 0.9999].map((point) => versionAt(split, point, all)),
    ['3', '3', '4', '4'],
  );
  assert.equal(
    versionAt(split, 0.1, (version) => version === '4'),
    '4',
  );
  assert.equal(
    versionAt(split, 0.1, () => false),
    undefined,
  );
});

test('labels: points of keys and those without are spread evenly', () => {
  const shares = (points: readonly number[]): number =>
    points.filter((point) => versionAt(split, point, () => true) === '4').length / points.length;
  let point = 0;
  const sequence = Array.from({ length: 1000 }, () => {
    point = nextPoint(point);
    return point;
  });
  assert.ok(Math.abs(shares(sequence) - 0.05) < 0.003, `${shares(sequence)}`);
  const keys = Array.from({ length: 20_000 }, (_, i) => pointOf('m', `user-${i}`));
  // Six standard deviations of a share of 5 % in 20,000.
  assert.ok(Math.abs(shares(keys) - 0.05) < 0.0093, `${shares(keys)}`);
  assert.equal(pointOf('m', 'a'), pointOf('m', 'a'));
  assert.notEqual(pointOf('m', 'a'), pointOf('n', 'a'));
});

const config = 'versions: {latest: 1, labels: [stable=1, canary=2], split: [stable=75, canary=25]}\n';
const quiet = { info: (): void => undefined };

async function labelled(): Promise<ReturnType<typeof fixture> & { readonly control: VersionControl }> {
  const own = fixture(1);
  for (const version of [1, 2, 3]) own.file(`/m/${version}/a`);
  own.manager.apply(own.scan({ m: [{ version: 1 }, { version: 2 }, { version: 3 }] }, config), new Set());
  await until(() => own.manager.settled(), 'the end of start-up');
  return { ...own, control: new VersionControl(own.manager, quiet) };
}

test('labels: labelled versions are served beside the others, by name and by share', async () => {
  const { manager } = await labelled();
  assert.deepEqual(
    manager.versions().map(({ version, state }) => `${version} ${state}`),
    ['1 ready', '2 ready', '3 ready'],
  );
  const served = (version: string, sticky?: string): string => {
    const { model, release } = manager.lease('m', version, sticky);
    release();
    return model.version;
  };
  assert.deepEqual([served('stable'), served('canary'), served('3')], ['1', '2', '3']);
  const readiness = new Readiness(manager);
  readiness.open();
  assert.deepEqual(
    ['stable', 'canary', 'beta'].map((label) => readiness.modelReady('m', label)),
    [true, true, false],
  );
  const counts = new Map<string, number>();
  for (let i = 0; i < 400; i++) counts.set(served(''), (counts.get(served('')) ?? 0) + 1);
  assert.deepEqual([...counts.keys()].sort(), ['1', '2']);
  const users = Array.from({ length: 50 }, (_, i) => served('', `user-${i}`));
  assert.deepEqual(new Set(users), new Set(['1', '2']));
  for (let round = 0; round < 3; round++)
    assert.deepEqual(
      users,
      users.map((_, i) => served('', `user-${i}`)),
    );
  assert.throws(() => manager.lease('m', 'beta'), {
    code: 'NOT_FOUND',
    message: 'm: no version beta, known are 1, 2, 3',
  });
});

test('labels: other ones come by call, and one call goes back', async () => {
  const { manager, control, scan } = await labelled();
  const changed = await control.label('m', { stable: 3 }, {});
  assert.deepEqual(changed.labels, { stable: 3 });
  await until(() => manager.versions().length === 1, 'the end of versions without a label');
  assert.deepEqual(manager.lease('m', 'stable').model.version, '3');
  const back = await control.rollback('m');
  assert.deepEqual(
    [back.labels, back.split],
    [
      { stable: 1, canary: 2 },
      { stable: 75, canary: 25 },
    ],
  );
  await until(() => manager.versions().filter(({ state }) => state === 'ready').length === 3, 'all versions');
  assert.equal(manager.lease('m', 'stable').model.version, '1');
  assert.deepEqual((await control.rollback('m')).labels, { stable: 3 });
  const files = { m: [{ version: 1 }, { version: 2 }, { version: 3 }] };
  manager.apply(scan(files, 'versions: {labels: [stable=2]}\n'), new Set());
  assert.deepEqual(control.settings('m').labels, { stable: 2 });
  assert.deepEqual((await control.rollback('m')).labels, { stable: 3 }, 'a change of the file is gone back from too');
  for (const [labels, shares, message] of [
    [{ stable: 9 }, {}, /^labels: stable: m has no version 9, known are 1, 2, 3$/],
    [{ stable: '1' }, {}, /^labels: stable is "1", want a whole number above 0$/],
    [{ '1': 1 }, {}, /^labels: "1", want a label/],
    [{ stable: 1 }, { canary: 5 }, /^split: "canary" is not among labels$/],
  ] as const)
    await assert.rejects(control.label('m', labels, shares), { code: 'INVALID_ARGUMENT', message });
  await assert.rejects(control.rollback('nobody'), { code: 'NOT_FOUND' });
});

test('rollback: without labels the version below serves, until a higher one comes', async () => {
  const { manager, scan, file, changes } = fixture(1);
  for (const version of [1, 2, 3]) file(`/m/${version}/a`);
  const found = (count: number): ReturnType<typeof scan> =>
    scan({ m: Array.from({ length: count }, (_, i) => ({ version: i + 1 })) }, 'versions: {latest: 1}\n');
  const first = found(2);
  const config = first.servables[0]?.config;
  manager.apply(first, new Set());
  await until(() => manager.settled(), 'the end of start-up');
  const control = new VersionControl(manager, quiet);
  const { versions } = await control.rollback('m');
  assert.deepEqual(versions.find(({ version }) => version === '1')?.state, 'ready');
  await until(() => manager.versions().length === 1, 'the end of version 2');
  assert.equal(manager.lease('m', '').model.version, '1');
  assert.ok(changes.indexOf('m/1 ready') < changes.indexOf('m/2 draining'), changes.join());
  await assert.rejects(control.rollback('m'), { code: 'NOT_FOUND', message: 'm: there is no version below 1' });
  const third = found(3);
  manager.apply({ ...third, servables: third.servables.map((own) => ({ ...own, config })) }, new Set());
  await until(() => manager.versions().some(({ version, state }) => version === '3' && state === 'ready'), 'version 3');
  assert.equal(manager.lease('m', '').model.version, '3');
});
