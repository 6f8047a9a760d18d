import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteGate } from './byte-gate.ts';

test('gate: takes up to the limit, refuses more without taking any, and finds room again', () => {
  const gate = new ByteGate(100);
  assert.equal(gate.take(60), true);
  assert.equal(gate.take(41), false);
  assert.equal(gate.held, 60);
  assert.equal(gate.take(40), true);
  gate.give(60);
  assert.equal(gate.take(1), true);
  assert.equal(gate.held, 41);
});

test('gate: what arrives alone passes whatever its size', () => {
  const gate = new ByteGate(100);
  assert.equal(gate.take(1000), true);
  assert.equal(gate.take(1), false);
});
