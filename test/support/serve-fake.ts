// Runs the fake server until its input ends, for trying foreign clients by hand: node dist/test/support/serve-fake.js ADDRESS…
// Prints one line of JSON with its addresses.

import { FakeServer } from './fake-server.ts';
import { addServedFakes } from './served-fakes.ts';

const server = new FakeServer({ addresses: process.argv.length > 2 ? process.argv.slice(2) : ['127.0.0.1:0'] });
await addServedFakes(server);
await server.start();
process.stdout.write(`${JSON.stringify({ addresses: server.grpc.addresses })}\n`);
process.stdin.resume();
process.stdin.on('end', async () => {
  await server.drain(5000);
  process.exit(0);
});
