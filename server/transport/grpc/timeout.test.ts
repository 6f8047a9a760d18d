import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTimeout } from './timeout.ts';

test('timeout: every unit in its whole range', () => {
  assert.equal(parseTimeout('30S'), 30_000);
  assert.equal(parseTimeout('99999999H'), 99_999_999 * 3_600_000);
  assert.equal(parseTimeout('2M'), 120_000);
  assert.equal(parseTimeout('5m'), 5);
  assert.equal(parseTimeout('500u'), 0.5);
  assert.equal(parseTimeout('250000n'), 0.25);
  assert.equal(parseTimeout('0S'), 0);
});

test('timeout: anything else is none', () => {
  for (const text of ['', 'S', '5', '5s', '-1S', '1.5S', '123456789S', '5 S', '5SS'])
    assert.equal(parseTimeout(text), undefined);
});
