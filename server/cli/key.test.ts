import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKeyFile } from '../access/key-file.ts';
import { Gatekeeper, Keys } from '../access/keys.ts';
import { makeKey } from './key.ts';

test('key: the entry it prints knows the key it prints', () => {
  const { key, entry } = makeKey({ name: 'vision', calls: ['infer'], servables: ['a*', 'b'], until: '2099-01-01' });
  assert.match(key, /^mindird_[A-Za-z0-9_-]{43}$/);
  assert.ok(!entry.includes(key));
  const keeper = new Gatekeeper(new Keys(parseKeyFile(Buffer.from(`keys:\n${entry}`), 'keys.yaml')));
  const grant = keeper.admit({}, { authorization: `Bearer ${key}` }, 'infer');
  assert.deepEqual([grant?.name, grant?.allows('alpha'), grant?.allows('c')], ['vision', true, false]);
  const other = makeKey({ name: 'vision', calls: ['infer'], servables: [], until: undefined });
  assert.notEqual(other.key, key);
});

test('key: what the file would refuse is refused', () => {
  const plain = { name: 'a', calls: ['infer'], servables: [], until: undefined };
  assert.throws(() => makeKey({ ...plain, calls: ['all'] }), /calls\.0: want a list of distinct values out of infer/);
  assert.throws(() => makeKey({ ...plain, name: 'a b' }), /name: want a name of up to 64/);
  assert.throws(() => makeKey({ ...plain, until: 'tomorrow' }), /until: want a day/);
});
