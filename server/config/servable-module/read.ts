// Reads a servable_config.mjs: a process imports it, tells what it declares, and is ended.

import { ConfigError, type Problem } from '../problem.ts';
import type { ReadMessage } from './messages.ts';
import type { ModulePlan } from './plan.ts';
import { ServableWorker } from './worker.ts';

/** How long a module may take to be imported, and the most memory it may use for it. */
const readMs = 10_000;
const readMemory = 256 * 2 ** 20;

/** What a module declares; throws ConfigError with all that is wrong with it. */
export async function readModule(file: string, timeoutMs: number = readMs): Promise<ModulePlan> {
  const worker = new ServableWorker(file, readMemory);
  const refuse = (message: string): ReadMessage => ({
    kind: 'refused',
    problems: [{ source: file, line: 0, path: '', message } satisfies Problem],
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const read = await new Promise<ReadMessage>((resolve) => {
      worker.onMessage<ReadMessage>(resolve);
      worker.onEnd((why) => resolve(refuse(`${why} while it is imported`)));
      timer = setTimeout(() => resolve(refuse(`is not imported within ${timeoutMs} ms`)), timeoutMs);
    });
    if (read.kind === 'refused') throw new ConfigError(read.problems);
    return read.plan;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
