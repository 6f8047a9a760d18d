import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesText, escapeHtml, plural, quote } from './text.ts';

test('text: names from outside cannot bend a line', () => {
  assert.equal(quote('a"b\n\u0000'), '"a\\"b\\n\\u0000"');
  assert.equal(quote('x'.repeat(200)).length, 99);
  assert.equal(quote('\ud800'), '"\\ud800"');
  assert.equal(escapeHtml(`<a href="x" title='&'>`), '&lt;a href=&quot;x&quot; title=&#39;&amp;&#39;&gt;');
});

test('text: counts and sizes', () => {
  assert.deepEqual([plural(1, 'value'), plural(0, 'value')], ['1 value', '0 values']);
  assert.deepEqual(
    [bytesText(100 * 2 ** 20), bytesText(1536), bytesText(17), bytesText(2 ** 30)],
    ['100 MiB', '1.5 KiB', '17 bytes', '1 GiB'],
  );
});
