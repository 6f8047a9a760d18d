import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpentReads } from './spent-reads.ts';

const READ = 65_536;
const HEAD = 9;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

interface Rig {
  readonly reads: SpentReads;
  readonly freed: ArrayBuffer[];
  others: boolean;
}

function newRig(): Rig {
  const rig: Rig = {
    freed: [],
    others: false,
    reads: new SpentReads(
      (list) => rig.freed.push(...list),
      () => rig.others,
    ),
  };
  return rig;
}

test('reads: one that held nothing but what was copied goes, after the turn', async () => {
  const { reads, freed } = newRig();
  const middle = Buffer.from(new ArrayBuffer(READ));
  const first = Buffer.from(new ArrayBuffer(READ), HEAD);
  reads.add(middle);
  reads.add(first);
  assert.deepEqual(freed, []);
  await turn();
  assert.deepEqual(freed, [middle.buffer, first.buffer]);
});

test('reads: one that is not used up, or is small, stays', async () => {
  const { reads, freed } = newRig();
  reads.add(Buffer.from(new ArrayBuffer(READ), 0, READ - 1));
  reads.add(Buffer.from(new ArrayBuffer(100)));
  await turn();
  assert.deepEqual(freed, []);
});

test('reads: one with other frames before stays while a call keeps a view of them, or while others may', async () => {
  const rig = newRig();
  const shared = new ArrayBuffer(READ);
  rig.reads.add(Buffer.from(shared, 1000));
  // The call in front of it hears of its frame later in the same turn.
  rig.reads.keep(Buffer.from(shared, HEAD, 500));
  await turn();
  assert.deepEqual(rig.freed, []);
  const unseen = new ArrayBuffer(READ);
  rig.others = true;
  rig.reads.add(Buffer.from(unseen, 1000));
  await turn();
  assert.deepEqual(rig.freed, []);
  rig.others = false;
  const copied = new ArrayBuffer(READ);
  rig.reads.add(Buffer.from(copied, 1000));
  await turn();
  assert.deepEqual(rig.freed, [copied]);
});
