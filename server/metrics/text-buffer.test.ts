import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TextBuffer } from './text-buffer.ts';

test('text buffer: lines and text come out as they went in, whatever their number', () => {
  const out = new TextBuffer();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[ -~]{0,80}$/), fc.nat({ max: Number.MAX_SAFE_INTEGER }))),
      (lines) => {
        out.clear();
        let expected = '';
        for (const [prefix, count] of lines) {
          out.line(Buffer.from(prefix, 'latin1'), count);
          out.text(prefix);
          expected += `${prefix}${count}\n${prefix}`;
        }
        assert.equal(Buffer.from(out.bytes()).toString('latin1'), expected);
      },
    ),
  );
});

test('text buffer: it grows', () => {
  const out = new TextBuffer();
  for (let i = 0; i < 50_000; i++) out.line(Buffer.from('x'), i);
  assert.equal(Buffer.from(out.bytes()).toString('latin1').split('\n').length, 50_001);
  assert.ok(Buffer.from(out.bytes()).toString('latin1').endsWith('x49999\n'));
});
