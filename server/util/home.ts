// The user's folder. A process may have none: its user need not be in any list of users, as in containers and where systemd makes up one.

import { homedir } from 'node:os';

/** An absolute path, or undefined. */
export function homeFolder(): string | undefined {
  try {
    const found = homedir();
    return found.startsWith('/') ? found : undefined;
  } catch {
    return undefined;
  }
}
