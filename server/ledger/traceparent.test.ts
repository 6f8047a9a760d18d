import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTraceparent } from './traceparent.ts';

const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

test('traceparent: what is valid is read', () => {
  assert.deepEqual(parseTraceparent(`00-${trace}-${span}-01`), { traceId: trace, spanId: span, sampled: true });
  assert.equal(parseTraceparent(`00-${trace}-${span}-02`)?.sampled, false);
  // A later version may say more behind the flags.
  assert.equal(parseTraceparent(`cc-${trace}-${span}-03-more`)?.sampled, true);
});

test('traceparent: what is not is ignored', () => {
  const zeros = '0'.repeat(32);
  for (const text of [
    '',
    'x',
    `ff-${trace}-${span}-01`,
    `00-${zeros}-${span}-01`,
    `00-${trace}-${zeros.slice(16)}-01`,
    `00-${trace}-${span}-01-more`,
    `00-${trace}-${span}-1`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace}${span}-01`,
  ])
    assert.equal(parseTraceparent(text), undefined, text);
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseTraceparent(text);
    }),
  );
});
