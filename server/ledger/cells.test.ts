import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cells, cellCount, placeOf, placeOfEdge, quantiles, upperEdge } from './cells.ts';

test('cells: a duration lies below the upper edge of its cell and above that of the cell before', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e3, max: 4e12, noNaN: true }), (ns) => {
      const place = placeOf(ns);
      const seconds = ns * 1e-9;
      assert.ok(seconds <= upperEdge(place) * (1 + 1e-12));
      assert.ok(place === 0 || seconds > upperEdge(place - 1) * (1 - 1e-12));
    }),
  );
});

test('cells: powers of two lie in the cell they bound, and everything lies somewhere', () => {
  for (let exponent = -9; exponent <= 12; exponent++) assert.equal(placeOf(2 ** exponent * 1e9), placeOfEdge(exponent));
  for (const ns of [0, -1, Number.NaN, 1]) assert.equal(placeOf(ns), 0);
  for (const ns of [1e18, Number.POSITIVE_INFINITY]) assert.equal(placeOf(ns), cellCount - 1);
});

test('cells: a quantile is within one cell of the exact one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 2e3, max: 1e11, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (durations) => {
        const cells = new Cells();
        for (const ns of durations) cells.observe(ns);
        const sorted = durations.toSorted((a, b) => a - b);
        const shares = [0.5, 0.9, 0.99, 1];
        for (const [i, told] of quantiles(cells.counts, shares).entries()) {
          const exact = (sorted[Math.max(0, Math.ceil((shares[i] ?? 1) * sorted.length) - 1)] ?? 0) * 1e-9;
          assert.ok(
            told !== undefined && told / exact < 2 ** 0.126 && exact / told < 2 ** 0.126,
            `${told} for ${exact}`,
          );
        }
      },
    ),
  );
  assert.deepEqual(quantiles(new Cells().counts, [0.5, 0.9]), [undefined, undefined]);
});
