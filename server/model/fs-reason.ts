// File system errors in words.

/** Why a file system call failed, in words. */
export function reasonOf(caught: unknown): string {
  const code = (caught as NodeJS.ErrnoException | undefined)?.code ?? String(caught);
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file or folder',
    ENOTDIR: 'not a folder',
    EACCES: 'permission denied',
    ELOOP: 'symbolic links form a loop',
    ENAMETOOLONG: 'the path is too long',
  };
  return words[code] ?? `cannot be read: ${code}`;
}
