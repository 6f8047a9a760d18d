import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rounds, withoutStacks } from '../../../test/support/fuzz.ts';
import { generator } from '../../../test/support/generator.ts';
import { ServingError } from '../../errors.ts';
import { BufferPool } from '../memory/buffer-pool.ts';
import { MessageReader } from './message-reader.ts';
import { SpentReads } from './spent-reads.ts';

const LIMIT = 2 ** 20;

function newReader(pool = new BufferPool(LIMIT)): MessageReader {
  return new MessageReader(
    pool,
    new SpentReads(
      () => undefined,
      () => false,
    ),
    LIMIT,
  );
}

function framed(message: Buffer, flag = 0): Buffer {
  const head = Buffer.from([flag, 0, 0, 0, 0]);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Cuts bytes into pieces at the places given. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  return ends.map((end) => {
    const piece = Buffer.from(bytes.subarray(from, end));
    from = end;
    return piece;
  });
}

test('reader: a message is the same wherever its frames are cut', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 20_000 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      fc.boolean(),
      (bytes, places, compressed) => {
        const message = Buffer.from(bytes);
        const reader = newReader();
        for (const piece of cut(framed(message, compressed ? 1 : 0), places)) reader.push(piece);
        assert.deepEqual(reader.end(), message);
        assert.equal(reader.compressed, compressed);
      },
    ),
    { numRuns: 300 },
  );
});

test('reader: a message in one piece is a view of it, others give their memory back', () => {
  const pool = new BufferPool(LIMIT);
  const whole = framed(Buffer.alloc(10_000, 7));
  const viewed = newReader(pool);
  viewed.push(whole);
  assert.equal(viewed.end().buffer, whole.buffer);
  viewed.release();
  assert.equal(pool.free, 0);
  const copied = newReader(pool);
  copied.push(whole.subarray(0, 6000));
  copied.push(whole.subarray(6000));
  assert.notEqual(copied.end().buffer, whole.buffer);
  copied.release();
  assert.ok(pool.free >= 10_000);
});

test('reader: refusals name what was found and what was wanted', () => {
  const refusal = (pieces: readonly Buffer[]): string => {
    const reader = newReader();
    try {
      for (const piece of pieces) reader.push(piece);
      reader.end();
    } catch (caught) {
      return (caught as Error).message;
    }
    return '';
  };
  const hello = framed(Buffer.from('hello'));
  assert.equal(refusal([]), 'no request message, want exactly one');
  assert.equal(refusal([hello.subarray(0, 3)]), 'request message: ends after 3 bytes of 5');
  assert.equal(refusal([hello.subarray(0, 7)]), 'request message: ends after 2 bytes of 5');
  assert.equal(refusal([hello, hello]), 'a second request message, want exactly one');
  assert.equal(refusal([Buffer.concat([hello, Buffer.from([0])])]), 'a second request message, want exactly one');
  assert.equal(refusal([framed(Buffer.alloc(1), 2)]), 'request message: flag is 2, want 0 or 1');
  assert.match(
    refusal([framed(Buffer.alloc(LIMIT + 1)).subarray(0, 5)]),
    /^a request message of 1048577 bytes, the limit is/,
  );
});

test('reader: an announced length costs nothing before bytes come', () => {
  const taken: number[] = [];
  class Counting extends BufferPool {
    override take(bytes: number): Buffer {
      taken.push(bytes);
      return super.take(bytes);
    }
  }
  const GIB = 2 ** 30;
  const reader = new MessageReader(
    new Counting(0),
    new SpentReads(
      () => undefined,
      () => false,
    ),
    GIB,
  );
  const head = Buffer.from([0, 0, 0, 0, 0]);
  head.writeUInt32BE(GIB, 1);
  reader.push(head);
  assert.deepEqual(taken, []);
  reader.push(Buffer.alloc(10));
  for (let i = 0; i < 9; i++) reader.push(Buffer.alloc(2 ** 20));
  assert.ok(Math.max(...taken) <= 20 * 2 ** 20, `${taken}`);
});

const ROUNDS = rounds(200_000);

test(`reader: ${ROUNDS} times any pieces give a message within its bounds or a refusal, and leave nothing behind`, () => {
  const random = generator(0x9e3779b9);
  const limit = 64;
  const pool = new BufferPool(LIMIT);
  const reads = new SpentReads(
    () => undefined,
    () => false,
  );
  const bytes = Buffer.alloc(256);
  const piece = Buffer.alloc(33);
  const pieces = Array.from({ length: 33 }, (_, length) => piece.subarray(0, length));
  let messages = 0;
  const feed = (length: number, end: number): void => {
    const reader = new MessageReader(pool, reads, limit);
    try {
      // A message in one piece is a view of that: its memory is its own until the next round. Others were copied out of theirs.
      const whole = random(8) === 0;
      if (whole) reader.push(bytes.subarray(0, end));
      for (let from = 0; from < end && !whole; ) {
        const to = Math.min(end, from + 1 + random(32));
        bytes.copy(piece, 0, from, to);
        reader.push(pieces[to - from] as Buffer);
        if (reader.message !== undefined && reader.message.buffer === piece.buffer && to < end) break;
        from = to;
      }
      const message = reader.end();
      if (message.length > limit || message.compare(bytes, 5, 5 + length) !== 0) assert.fail(bytes.toString('hex'));
      messages += 1;
    } catch (caught) {
      if (!(caught instanceof ServingError) || !/INVALID_ARGUMENT|TOO_LARGE/.test(caught.code)) throw caught;
    }
    reader.release();
  };
  withoutStacks(() => {
    for (let round = 0; round < ROUNDS; round++) {
      const length = random(limit + 4);
      for (let i = 0; i < 16; i++) bytes[random(bytes.length)] = random(256);
      bytes[0] = random(40) === 0 ? random(256) : random(2);
      bytes.writeUInt32BE(random(50) === 0 ? random(2 ** 32) : length, 1);
      feed(length, Math.max(0, 5 + length + random(3) - 1));
    }
  });
  assert.ok(messages > ROUNDS / 4, `${messages} messages`);
});
