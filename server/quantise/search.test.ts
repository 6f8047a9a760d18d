import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosine, likeness } from './compare.ts';
import { matches } from './narrow.ts';
import { bytesField, fieldsOf, joined, numberField, textOf } from './wire.ts';

test('entries of keep-fp32 are operators, nodes, or nodes with * for any characters', () => {
  assert.ok(matches('Conv2D', 'Default/conv1', 'Conv2D'));
  assert.ok(matches('Default/conv1', 'Default/conv1', 'Conv2D'));
  assert.ok(matches('*conv1*', 'Default/conv1-Conv2d/Conv2D-op0', 'Conv2D'));
  assert.ok(!matches('conv1', 'Default/conv1', 'Conv2D'));
  assert.ok(!matches('Default.conv1', 'Default/conv1', 'Conv2D'));
});

test('likeness counts rows with the same largest element, and knows vectors of zeros', () => {
  const outputs = (values: readonly number[]) => ({ values: [[Float32Array.from(values)]], shapes: [[[2, 2]]] });
  const found = likeness(outputs([1, 2, 4, 3]), outputs([2, 1, 4, 3]));
  assert.deepEqual([found.agreeing, found.rows], [1, 2]);
  assert.equal(cosine(new Float32Array(2), new Float32Array(2)), 1);
  assert.equal(cosine(new Float32Array(2), Float32Array.of(1, 0)), 0);
});

test('messages read back field by field, and unknown fields stay as they lie', () => {
  const message = joined(numberField(16, 300), numberField(1, -1), bytesField(3, 'text'), [
    Uint8Array.of(0x25, 1, 2, 3, 4),
  ]);
  const fields = fieldsOf(message);
  assert.deepEqual(
    fields.map(({ number, value }) => [number, value]),
    [
      [16, 300],
      [1, -1],
      [3, 0],
      [4, 0],
    ],
  );
  assert.equal(fields[2] && textOf(fields[2]), 'text');
  assert.deepEqual(Buffer.concat(fields.map(({ raw }) => raw)), Buffer.from(message));
  assert.throws(() => fieldsOf(message.subarray(0, -1)));
});
