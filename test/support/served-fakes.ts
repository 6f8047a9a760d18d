// The models test/conformance/triton_client.py --fake expects.

import { doublingModel } from '../../server/native/fake-file.ts';
import type { FakeModel } from '../../server/native/fake-model.ts';
import type { FakeServer } from './fake-server.ts';

const ALL = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'BF16',
  'FP32',
  'FP64',
] as const;

/** Adds them: batched, fixed, data-dependent, every dtype, one that failed to load, and one that answers nothing until it is let go; returns that. */
export async function addServedFakes({ models }: Pick<FakeServer, 'models'>): Promise<FakeModel> {
  await models.add('double', doublingModel([-1, 4]), { maxBatch: 8 });
  await models.add('double', doublingModel([-1, 4]), { version: '2', maxBatch: 8 });
  await models.add('fixed', doublingModel([2, 3]));
  await models.add('nonzero', { ...doublingModel([-1]), batched: false, compute: 'nonzero' });
  await models.add('all', {
    inputs: ALL.map((dtype) => ({ name: `in_${dtype}`, dtype, shape: [3] })),
    outputs: ALL.map((dtype) => ({ name: `out_${dtype}`, dtype, shape: [3] })),
    batched: false,
    compute: 'copy',
  });
  const { native } = await models.add('held', doublingModel([1]));
  const held = native as FakeModel;
  held.held = true;
  await models.add('broken', doublingModel([1]), { state: 'failed', reason: 'broken/1: not a model' });
  return held;
}
