import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TextBuffer } from './text-buffer.ts';

const textOf = (out: TextBuffer): string => Buffer.concat(out.written()).toString('latin1');

test('text buffer: bytes and text come out as they went in', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[ -~]{0,80}$/), fc.boolean(), fc.constantFrom(1, 1, 1, 3000))),
      (pieces) => {
        const out = new TextBuffer();
        for (const [piece, ready, times] of pieces) {
          if (ready) out.bytes(Buffer.from(piece.repeat(times), 'latin1'));
          else out.text(piece.repeat(times));
        }
        assert.equal(textOf(out), pieces.map(([piece, , times]) => piece.repeat(times)).join(''));
      },
    ),
  );
});

test('text buffer: what was written stays when more is', () => {
  const out = new TextBuffer();
  for (let i = 0; i < 50_000; i++) out.text(`x${i}\n`);
  assert.equal(textOf(out).split('\n').length, 50_001);
  assert.ok(textOf(out).endsWith('x49999\n'));
  assert.ok(out.written().length > 1);
});
