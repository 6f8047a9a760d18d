// Request bodies: short, whole, and JSON.

import type { IncomingMessage } from 'node:http';
import { ServingError } from '../../errors.ts';

/** Longest body of a page of the server's own; only the log level has one. */
const longest = 4096;

/** Such a body has this long to come. */
const patienceMs = 10_000;

/** The whole body as text; throws TOO_LARGE, or CANCELLED when the client went away or did not send it. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => request.destroy(), patienceMs);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > longest) throw new ServingError('TOO_LARGE', `request body: over ${longest} bytes`);
      chunks.push(chunk);
    }
  } catch (caught) {
    if (caught instanceof ServingError) throw caught;
    throw new ServingError('CANCELLED', 'request body: the client went away', { cause: caught });
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The level in `{"level":"debug"}`. */
export function levelIn(body: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new ServingError('INVALID_ARGUMENT', 'request body: is not JSON, want {"level":"info"}');
  }
  const level = typeof parsed === 'object' && parsed !== null ? (parsed as { level?: unknown }).level : undefined;
  if (typeof level !== 'string')
    throw new ServingError('INVALID_ARGUMENT', 'request body: no level, want {"level":"info"}');
  return level;
}
