// The thread that looks at a large repository; look-thread.ts starts it. A message says what to look at, the answer what changed or why the root
// could not be read.

import { parentPort } from 'node:worker_threads';
import { syncFiles } from './files.ts';
import { Looks } from './look.ts';
import { ChangeWriter } from './look-changes.ts';
import type { LookAnswer, LookQuestion } from './look-thread.ts';

const looks = new Looks(syncFiles);
const writer = new ChangeWriter();

async function answer({ root, settings }: LookQuestion): Promise<LookAnswer> {
  try {
    return { changes: writer.write(await looks.look(root, settings)) };
  } catch (caught) {
    const { code, path, message } = caught as NodeJS.ErrnoException;
    return { error: { code, path, message } };
  }
}

parentPort?.on('message', async (question: LookQuestion) => parentPort?.postMessage(await answer(question)));
