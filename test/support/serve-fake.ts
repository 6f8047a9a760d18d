// Runs the fake server until it is told to stop by the end of its input; for tests with foreign clients.
// Prints one line of JSON with its addresses.

import { doublingModel } from '../../server/native/fake-file.ts';
import { FakeServer } from './fake-server.ts';

const server = new FakeServer({ addresses: process.argv.length > 2 ? process.argv.slice(2) : ['127.0.0.1:0'] });
await server.models.add('double', doublingModel([-1, 4]), { maxBatch: 8 });
await server.models.add('double', doublingModel([-1, 4]), { version: '2', maxBatch: 8 });
await server.models.add('fixed', doublingModel([2, 3]));
await server.models.add('nonzero', {
  inputs: [{ name: 'x', dtype: 'FP32', shape: [-1] }], outputs: [{ name: 'y', dtype: 'FP32', shape: [-1] }], batched: false, compute: 'nonzero',
});
const all = ['BOOL', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64', 'FP16', 'BF16', 'FP32', 'FP64'] as const;
await server.models.add('all', {
  inputs: all.map((dtype) => ({ name: `in_${dtype}`, dtype, shape: [3] })),
  outputs: all.map((dtype) => ({ name: `out_${dtype}`, dtype, shape: [3] })),
  batched: false,
  compute: 'copy',
});
await server.models.add('slow', doublingModel([1], { computeMs: 200 }));
await server.models.add('broken', doublingModel([1]), { state: 'failed', reason: 'broken/1: not a model' });
await server.start();
process.stdout.write(`${JSON.stringify({ addresses: server.grpc.addresses })}\n`);
process.stdin.resume();
process.stdin.on('end', async () => {
  await server.drain(5000);
  process.exit(0);
});
