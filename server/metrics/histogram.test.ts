import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';
import { TextBuffer } from './text-buffer.ts';

const bounds = [1, 10, 100];

/** What the exposition format wants, made the plain way. */
function plain(values: readonly number[]): string {
  const upTo = (bound: number): number => values.filter((value) => value <= bound).length;
  const sum = values.reduce((total, value) => total + value, 0);
  return [
    ...[...bounds, Infinity].map(
      (bound) => `h_bucket{m="x",le="${bound === Infinity ? '+Inf' : bound}"} ${upTo(bound)}`,
    ),
    `h_sum{m="x"} ${sum}`,
    `h_count{m="x"} ${values.length}`,
    '',
  ].join('\n');
}

function written(histogram: Histogram): string {
  const out = new TextBuffer();
  histogram.write(out);
  return Buffer.from(out.written()).toString('latin1');
}

test('histogram: every scrape shows what was observed so far, with counts of any width', () => {
  const batches = fc.array(fc.tuple(fc.nat({ max: 200 }), fc.constantFrom(1, 3, 9, 90, 1000)), { maxLength: 12 });
  fc.assert(
    fc.property(batches, (observed) => {
      const histogram = new Histogram('h', 'm="x"', bounds, 1);
      const values: number[] = [];
      assert.equal(written(histogram), plain(values));
      for (const [value, times] of observed) {
        for (let i = 0; i < times; i++) {
          histogram.observe(value);
          values.push(value);
        }
        assert.equal(written(histogram), plain(values));
      }
    }),
  );
});

test('histogram: bounds and sum are in the unit of the text', () => {
  const histogram = new Histogram('h', 'm="x"', [50_000], 1e-9);
  histogram.observe(2_000_000_000);
  assert.match(written(histogram), /le="0\.00005"\} 0\n/);
  assert.match(written(histogram), /h_sum\{m="x"\} 2\n/);
});
