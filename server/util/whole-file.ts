// Files that others may read at any time: they see what was there before or all of what is there now, after a crash too.

import { open, rename, rm, writeFile } from 'node:fs/promises';

/** Writes `content` beside the place of a file and gives it the name. What fails leaves nothing beside. */
export async function writeWhole(file: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(beside, content, { mode, flush: true });
    await rename(beside, file);
  } catch (caught) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw caught;
  }
}

/** Gives a file that was written on the same file system the name of another, whose place it takes. */
export async function giveName(written: string, file: string): Promise<void> {
  const handle = await open(written, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(written, file);
}
