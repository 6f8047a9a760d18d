// Starts the thread of a servable_config.mjs.

import { Worker } from 'node:worker_threads';

/** A thread that reads the module and then takes calls; `memory` is the most bytes of its heap. */
export function startThread(file: string, memory: number): Worker {
  const megabytes = Math.max(16, Math.ceil(memory / 2 ** 20));
  const worker = new Worker(new URL('./servable-worker.js', import.meta.url), {
    name: 'servable',
    workerData: { file },
    resourceLimits: { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: Math.min(16, megabytes) },
    // What functions print goes where the log goes, and not into what a command prints.
    stdout: true,
    stderr: true,
  });
  for (const stream of [worker.stdout, worker.stderr]) stream.on('data', (text: Buffer) => process.stderr.write(text));
  worker.unref();
  return worker;
}
