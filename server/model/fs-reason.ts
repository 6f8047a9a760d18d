// File system errors in words.

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
    ENAMETOOLONG: 'the path is too long',
  };
  return words[code] ?? `cannot be read: ${code}`;
}
