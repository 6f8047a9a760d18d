import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { longJson } from './long-json.ts';

const read = async (head: object, items: readonly unknown[]): Promise<unknown> =>
  JSON.parse(Buffer.concat(await longJson(head, 'items', items)).toString('utf8'));

test('long JSON: it is read back as it was', async () => {
  const heads = fc.dictionary(
    fc.string().filter((name) => name !== '__proto__' && name !== 'items'),
    fc.jsonValue(),
  );
  await fc.assert(
    fc.asyncProperty(heads, fc.array(fc.jsonValue()), async (head, items) => {
      const wanted = JSON.parse(JSON.stringify({ ...head, items })) as unknown;
      assert.deepEqual(await read(head, items), wanted);
    }),
  );
});

test('long JSON: others have their turn while it is made', async () => {
  let turns = 0;
  let over = false;
  const others = (): void => {
    turns += 1;
    if (!over) setImmediate(others);
  };
  setImmediate(others);
  const items = Array.from({ length: 20_000 }, (_, i) => ({ name: `servable ${i} ü`, text: 'x'.repeat(100) }));
  const pieces = await longJson({ a: 1 }, 'items', items);
  over = true;
  assert.ok(turns > 1 && pieces.length > 10, `${turns} turns, ${pieces.length} pieces`);
  assert.deepEqual(JSON.parse(Buffer.concat(pieces).toString('utf8')), { a: 1, items });
});
