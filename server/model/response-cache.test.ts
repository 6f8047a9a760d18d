import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseCache } from './response-cache.ts';

const answer = (bytes: number, fill = 0): { readonly shape: readonly number[]; readonly bytes: Uint8Array }[] => [
  { shape: [bytes], bytes: new Uint8Array(bytes).fill(fill) },
];

test('response cache: what was used longest ago is forgotten first, and the limit holds', () => {
  const cache = new ResponseCache(3 * 1256);
  for (const key of ['a', 'b', 'c']) cache.put(key, answer(1000));
  assert.equal(cache.bytes, 3 * 1256);
  assert.ok(cache.get('a'));
  cache.put('d', answer(1000));
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => cache.get(key) !== undefined),
    [true, false, true, true],
  );
  cache.put('large', answer(4000));
  assert.equal(cache.get('large'), undefined);
  assert.ok(cache.bytes <= 3 * 1256);
});

test('response cache: it keeps bytes of its own', () => {
  const cache = new ResponseCache(10_000);
  const given = answer(4, 7);
  cache.put('a', given);
  given[0]?.bytes.fill(0);
  assert.deepEqual([...(cache.get('a')?.[0]?.bytes ?? [])], [7, 7, 7, 7]);
});
