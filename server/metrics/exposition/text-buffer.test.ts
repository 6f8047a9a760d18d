import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TextBuffer } from './text-buffer.ts';

test('text buffer: bytes and text come out as they went in', () => {
  const out = new TextBuffer();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.stringMatching(/^[ -~]{0,80}$/), fc.boolean())), (pieces) => {
      out.clear();
      for (const [piece, ready] of pieces) {
        if (ready) out.bytes(Buffer.from(piece, 'latin1'));
        else out.text(piece);
      }
      assert.equal(Buffer.from(out.written()).toString('latin1'), pieces.map(([piece]) => piece).join(''));
    }),
  );
});

test('text buffer: it grows', () => {
  const out = new TextBuffer();
  for (let i = 0; i < 50_000; i++) out.text(`x${i}\n`);
  assert.equal(Buffer.from(out.written()).toString('latin1').split('\n').length, 50_001);
  assert.ok(Buffer.from(out.written()).toString('latin1').endsWith('x49999\n'));
});
