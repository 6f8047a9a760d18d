// Places of the checkout that the tools share.

import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** A path inside the checkout. */
export const inRoot = (...parts) => path.join(root, ...parts);

/** What is fetched or made once for this checkout. */
export const dependencies = inRoot('build', 'deps');

/** Downloads that several checkouts share. */
export const downloads = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'mindird-build');
