import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineInfo } from '../native/binding-types.ts';
import { compileEngines } from './compile-options.ts';

const engine = (name: string, available: boolean): EngineInfo => ({
  name,
  available,
  version: '',
  device: '',
  why: '',
});
const known = [engine('tensorrt', true), engine('cpu', true)];

test('a model is planned for cpu, a plan file for the engines that serve it here', () => {
  assert.deepEqual(
    compileEngines(undefined, 'net.mindir', () => known),
    ['cpu'],
  );
  assert.deepEqual(
    compileEngines(undefined, 'net.mindplan', () => known),
    ['tensorrt', 'cpu'],
  );
  assert.deepEqual(
    compileEngines(undefined, 'net.mindplan', () => [engine('tensorrt', false), engine('cpu', true)]),
    ['cpu'],
  );
});

test('engines given by name are taken as they are', () => {
  assert.deepEqual(
    compileEngines('reference,,cpu', 'net.mindplan', () => known),
    ['reference', 'cpu'],
  );
});
