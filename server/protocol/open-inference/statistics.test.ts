import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeDirectory } from '../../../test/support/fake-directory.ts';
import type { MemoryUse } from '../../native/binding-types.ts';
import { FakeAddon } from '../../native/fake.ts';
import { doublingModel } from '../../native/fake-file.ts';
import { configOf } from './describe.ts';
import { statisticsOf } from './statistics.ts';

test('statistics: memory and kind are of where a model runs', async () => {
  const model = await new FakeDirectory(new FakeAddon()).add('m', doublingModel([1]));
  let memory: MemoryUse = { constants: 1, packed: 2, arenas: 4, kernels: 8, device: 0 };
  model.native.memory = () => memory;
  const usage = (): unknown => (statisticsOf(model) as { memory_usage: unknown }).memory_usage;
  const kind = (): unknown => (configOf(model) as { instance_group: { kind: string }[] }).instance_group[0]?.kind;
  assert.deepEqual(usage(), [{ type: 'CPU', id: 0, byte_size: 15 }]);
  assert.equal(kind(), 'KIND_CPU');
  memory = { ...memory, device: 100 };
  assert.deepEqual(usage(), [
    { type: 'CPU', id: 0, byte_size: 15 },
    { type: 'GPU', id: 0, byte_size: 100 },
  ]);
  assert.equal(kind(), 'KIND_GPU');
});
