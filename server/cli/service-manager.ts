// Telling systemd how the server stands (Type=notify). Node.js has no datagram sockets of the kind systemd listens on, so that systemd's own program tells it.

import { spawn } from 'node:child_process';
import type { Log } from '../log.ts';

/** Tells what to tell; resolves when that was done, or when nothing listens. Without systemd there is no NOTIFY_SOCKET, and nothing happens. */
export function notifyServiceManager(
  log: Log,
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> {
  if (!environment['NOTIFY_SOCKET']) return Promise.resolve();
  return new Promise((resolve) => {
    const failed = (error: string): void => {
      log.warn('systemd.unreachable', { error: `systemd-notify: ${error}` });
      resolve();
    };
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...words], { stdio: 'ignore', env: environment });
    child.once('error', (error: NodeJS.ErrnoException) =>
      failed(error.code === 'ENOENT' ? 'there is no such program' : error.message),
    );
    child.once('exit', (code, signal) => (code === 0 ? resolve() : failed(`ended with ${code ?? signal}`)));
  });
}
