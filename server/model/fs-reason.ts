// File system errors in words.

/** The code of a folder that held something and is now another one that holds nothing. */
const emptied = 'EMPTIED';

/** The error of such a folder: it is where a volume was mounted, and says nothing of what the volume holds. */
export function emptiedMount(path: string): Error {
  return Object.assign(new Error(`${path} is empty`), { code: emptied, path });
}

/** Why a file system call failed, in words. */
export function reasonOf(caught: unknown): string {
  const { code = String(caught), path = '' } = (caught ?? {}) as NodeJS.ErrnoException;
  if (code === 'ENOTDIR' && /\.(mindir|mindplan)$/.test(path))
    return 'not a folder but a model file, which belongs into NAME/1/ of a folder of servables';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file or folder',
    ENOTDIR: 'not a folder',
    EACCES: 'permission denied',
    ELOOP: 'symbolic links form a loop',
    [emptied]: 'is empty and another folder than before, as if its volume were not mounted; what serves is kept',
    ENAMETOOLONG: 'the path is too long',
  };
  return words[code] ?? `cannot be read: ${code}`;
}
