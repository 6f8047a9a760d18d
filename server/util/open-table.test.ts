import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenTable } from './open-table.ts';

test('open table: says what a Map says, whatever comes and goes', () => {
  const table = new OpenTable<object>();
  const map = new Map<number, object>();
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  // Numbers that share places, for any size of the table, and beyond 32 bits.
  const keys = Array.from({ length: 300 }, (_, at) =>
    at % 3 === 0 ? at : at % 3 === 1 ? at * 1024 : 2 ** 40 + at * 64,
  );
  for (let round = 0; round < 20_000; round++) {
    const key = keys[random(keys.length)] as number;
    // Now more come, now more go.
    if (random(100) < (Math.floor(round / 2000) % 2 === 0 ? 70 : 30)) {
      const value = { key };
      table.set(key, value);
      map.set(key, value);
    } else {
      table.delete(key);
      map.delete(key);
    }
    const asked = keys[random(keys.length)] as number;
    assert.equal(table.get(asked), map.get(asked));
    assert.equal(table.has(asked), map.has(asked));
    assert.equal(table.size, map.size);
  }
  assert.deepEqual(new Set(table.values()), new Set(map.values()));
  table.clear();
  assert.deepEqual([table.size, table.values(), table.has(0)], [0, [], false]);
});
