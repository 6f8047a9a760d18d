// Runs in a worker thread: keeps requests in flight until it is ended from outside.

import { parentPort } from 'node:worker_threads';
import { digitsOptions, openSession, submitImage } from './addon-session.ts';

const session = openSession();
const model = await session.addon.load(digitsOptions({ maxBatch: 1 }));
for (let i = 0; i < 200; i += 1) submitImage(model, 1 + (i % 3));
await session.outcome(submitImage(model));
parentPort?.postMessage('busy');
for (;;) {
  const tickets = Array.from({ length: 50 }, () => submitImage(model));
  await session.outcome(tickets[0] as number);
}
